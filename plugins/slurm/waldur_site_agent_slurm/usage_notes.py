"""A note, in an account's description, of the last time that its usage was set to zero. Pure.

Slurm keeps no record of that, and the agent has no state of its own. So that a message that comes
again does not zero what was used meanwhile, the account says for which message it was done. All
clusters of a slurmdbd share descriptions, so each has its own note.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime


def is_zeroed(description: str, asked_at: datetime | None, *, cluster: str) -> bool:
    """Whether usage on a cluster was set to zero for this message, or for a later one."""
    last = _last(description, cluster)
    return last is not None and asked_at is not None and asked_at <= last


def with_note(description: str, asked_at: datetime, *, cluster: str) -> str:
    """The description of an account whose usage on a cluster was set to zero."""
    moment = asked_at.astimezone(UTC).replace(tzinfo=None).isoformat()
    others = _note(cluster).sub("", description)
    return f"{others} [{_beginning(cluster)} {moment}]"


def _beginning(cluster: str) -> str:
    return f"usage zeroed on {cluster} as asked at" if cluster else "usage zeroed as asked at"


def _note(cluster: str) -> re.Pattern[str]:
    """Finds a cluster's note; sacctmgr folds a description to lower case when it changes one."""
    beginning = re.escape(_beginning(cluster))
    return re.compile(rf" ?\[{beginning} (?P<moment>[0-9t:.+-]+)\]", re.IGNORECASE)


def _last(description: str, cluster: str) -> datetime | None:
    found = _note(cluster).search(description)
    try:
        return datetime.fromisoformat(found["moment"]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
