"""What can be wrong with a plugin."""

from __future__ import annotations


class PluginError(Exception):
    """A plugin is unknown, does not load, is no plugin, or refuses its settings.

    Stops the offering that names it, and no other.

    Attributes:
        found: what is wrong, with distribution, version and entry point; for the operator.
        expected: what would be right.
        hint: how to mend it; may be empty.
    """

    def __init__(self, found: str, *, expected: str = "", hint: str = "") -> None:
        """Keep the words."""
        self.found = found
        self.expected = expected
        self.hint = hint
        super().__init__(f"{found}. {hint}" if hint else found)
