"""The accounts that belong to projects rather than to persons: service and course accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.waldur.errors import NotFoundError, WaldurError
from waldur_site_agent.waldur.models.states import AccountState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import CourseAccount, ServiceAccount

    Account = ServiceAccount | CourseAccount

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class ProjectAccounts:
    """Usernames of service and course accounts, by project.

    Attributes:
        known: both kinds could be listed. Otherwise there may be more.
    """

    in_use: Mapping[UUID | None, frozenset[str]] = field(default_factory=dict)
    closed: Mapping[UUID | None, frozenset[str]] = field(default_factory=dict)
    known: bool = True


def read_accounts(waldur: Waldur, offering_uuid: str) -> ProjectAccounts:
    """Read an offering's accounts. A failure is told in the log and by ``known``.

    A server that lacks such accounts has none.
    """
    offerings = waldur.offerings
    service = _listed("service_accounts", lambda: offerings.service_accounts(offering_uuid))
    course = _listed("course_accounts", lambda: offerings.course_accounts(offering_uuid))
    rows = [*(service or ()), *(course or ())]
    in_use = _by_project(row for row in rows if row.state == AccountState.OK)
    closed = _by_project(row for row in rows if row.state == AccountState.CLOSED)
    return ProjectAccounts(
        in_use=in_use,
        closed={project: names - in_use.get(project, set()) for project, names in closed.items()},
        known=service is not None and course is not None,
    )


def _by_project(rows: Iterable[Account]) -> dict[UUID | None, frozenset[str]]:
    names: dict[UUID | None, set[str]] = {}
    for row in rows:
        if row.username:
            names.setdefault(row.project_uuid, set()).add(row.username)
    return {project: frozenset(some) for project, some in names.items()}


def _listed(what: str, ask: Callable[[], Sequence[Account]]) -> Sequence[Account] | None:
    try:
        return ask()
    except WaldurError as error:
        if isinstance(error, NotFoundError) and error.unrouted:
            return ()
        logger.warning("side_listing.unreadable", listing=what, error=str(error))
        return None
