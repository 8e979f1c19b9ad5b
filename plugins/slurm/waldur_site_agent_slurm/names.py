"""Names as they reach Slurm's command lines, checked once, here."""

from __future__ import annotations

import re

from waldur_site_agent.backend.exceptions import BackendError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*", re.ASCII)
_TRES = re.compile(r"[A-Za-z][A-Za-z0-9_.:/+-]*", re.ASCII)
_FLAGS = re.compile(r"[A-Za-z]+(?:,[A-Za-z]+)*", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9_.:/=,+-]+", re.ASCII)
MAX_LENGTH = 128


def _checked(kind: str, text: str, pattern: re.Pattern[str]) -> str:
    if len(text) <= MAX_LENGTH and pattern.fullmatch(text):
        return text
    raise BackendError(
        f"{text[:MAX_LENGTH]!r} cannot be the name of a Slurm {kind}: "
        "letters, digits and _ . @ + - are allowed, and it begins with a letter, a digit or _"
    )


def account_name(text: str) -> str:
    """Check an account's name and fold it to lower case, as Slurm does.

    Raises:
        BackendError: it would be taken for something else.
    """
    return _checked("account", text, _NAME).lower()


def user_name(text: str) -> str:
    """Check a user's name. The error does not repeat it: it is personal data."""
    if len(text) > MAX_LENGTH or not _NAME.fullmatch(text):
        raise BackendError("a user's name has characters that Slurm does not take in a name")
    return text


def qos_name(text: str) -> str:
    """Check a QoS's name."""
    return _checked("QoS", text, _NAME)


def partition_name(text: str) -> str:
    """Check a partition's name."""
    return _checked("partition", text, _NAME)


def cluster_name(text: str) -> str:
    """Check a cluster's name."""
    return _checked("cluster", text, _NAME)


def tres_name(text: str) -> str:
    """Check a TRES's name, such as ``gres/gpu:a100``."""
    return _checked("TRES", text, _TRES)


def qos_flags(text: str) -> str:
    """Check a comma list of QoS flags."""
    return _checked("QoS flag", text.replace(" ", ""), _FLAGS)


def qos_value(text: str) -> str:
    """Check a QoS limit's value, such as ``cpu=5,gres/gpu=1`` or ``1-00:00:00``."""
    return _checked("QoS limit", text, _VALUE)


def free_text(text: str) -> str:
    """Make a text safe as a description: one line, without quotes, which sacctmgr eats."""
    return " ".join(text.replace('"', "").replace("'", "").split())
