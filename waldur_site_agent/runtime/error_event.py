"""What a service that collects errors is told of one (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from waldur_site_agent.runtime.log_records import redact

if TYPE_CHECKING:
    from waldur_site_agent.runtime.log_records import Said

ID = "<id>"
_ID = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|[0-9a-f]{16,}",
    re.IGNORECASE,
)


def fingerprint(said: Said) -> list[str]:
    """What errors are grouped by: the same trouble with another object is the same trouble."""
    return [said.logger, _ID.sub(ID, said.event)]


def tags(said: Said) -> dict[str, str]:
    """What errors are searched by."""
    return {"offering": said.offering} if said.offering else {}


def redact_all(value: object) -> object:
    """Hide secrets and addresses in all texts of what is sent, however deep."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: redact_all(one) for key, one in value.items()}
        case list() | tuple():
            return [redact_all(one) for one in value]
    return value
