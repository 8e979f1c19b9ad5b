"""Which of MUP's research fields a Waldur project's OECD code stands for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def research_field(code: str, fields: Mapping[str, int], *, default: int) -> int:
    """Find the most specific entry for a code: ``1.2`` itself, then ``1``.

    Args:
        code: from the OECD's fields of science, such as ``1.2``; may be blank.
        fields: MUP's ids by code.
        default: for a code that no entry stands for.
    """
    parts = code.strip().split(".")
    for length in range(len(parts), 0, -1):
        found = fields.get(".".join(parts[:length]))
        if found is not None:
            return found
    return default
