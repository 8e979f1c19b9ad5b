"""A note, in an account's description, of the last time that its usage was set to zero. Pure.

Slurm keeps no record of that, and the agent has no state of its own. So that a message that comes
again does not zero what was used meanwhile, the account says for which message it was done.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

# sacctmgr folds a description to lower case when it changes one.
_NOTE = re.compile(r" ?\[usage zeroed as asked at (?P<moment>[0-9t:.+-]+)\]", re.IGNORECASE)


def is_zeroed(description: str, asked_at: datetime | None) -> bool:
    """Whether usage was set to zero for this message, or for a later one."""
    last = _last(description)
    return last is not None and asked_at is not None and asked_at <= last


def with_note(description: str, asked_at: datetime) -> str:
    """The description of an account whose usage was set to zero."""
    moment = asked_at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{_NOTE.sub('', description)} [usage zeroed as asked at {moment}]"


def _last(description: str) -> datetime | None:
    found = _NOTE.search(description)
    try:
        return datetime.fromisoformat(found["moment"]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
