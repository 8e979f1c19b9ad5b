"""Names as they reach MAM's command lines, checked once, here."""

from __future__ import annotations

import re

from waldur_site_agent.backend.exceptions import BackendError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*", re.ASCII)
MAX_LENGTH = 128
LONGEST_TEXT = 200


def account_name(text: str) -> str:
    """Check an account's name; MAM's lists and raw answers give other characters a meaning.

    Raises:
        BackendError: it would be taken for something else.
    """
    if _is_name(text):
        return text
    raise BackendError(
        f"{text[:MAX_LENGTH]!r} cannot be the name of an account in MAM: "
        "letters, digits and _ . @ + - are allowed, and it begins with a letter, a digit or _"
    )


def user_name(text: str) -> str:
    """Check a user's name. The error does not repeat it: it is personal data."""
    if _is_name(text):
        return text
    raise BackendError("a user's name has characters that MAM does not take in a name")


def _is_name(text: str) -> bool:
    return len(text) <= MAX_LENGTH and _NAME.fullmatch(text) is not None


def free_text(text: str) -> str:
    """Make a text that somebody chose safe as a description.

    One line, without the ``|`` that parts columns, and not beginning like an option.
    """
    printable = "".join(c if c.isprintable() else " " for c in text.replace("|", " "))
    return " ".join(printable.split()).lstrip("- ")[:LONGEST_TEXT].rstrip()
