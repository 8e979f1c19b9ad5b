"""How far each member's access has come, for Waldur to show where the offering asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.waldur.errors import RefusedError
from waldur_site_agent.waldur.models.states import MembershipSyncState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from waldur_site_agent.backend.structures import MembershipStatus
    from waldur_site_agent.membership.applying import MembersOutcome
    from waldur_site_agent.membership.members import Member
    from waldur_site_agent.sites.site import Site

logger = structlog.get_logger(__name__)

OPTION = "enable_membership_sync_status"
DEFAULT_ROLE = "member"


class StatusReports:
    """What was last reported of each resource, so that nothing is said twice."""

    def __init__(self) -> None:
        """Remember nothing: what an earlier process reported still stands in Waldur."""
        self._sent: dict[UUID, list[MembershipStatus]] = {}

    def report(self, site: Site, outcome: MembersOutcome) -> None:
        """Report a resource's members, where the offering wants it and something is new.

        Raises:
            TransientError: Waldur could not be told.
        """
        resource = outcome.plan.resource
        if not resource.offering_plugin_options.get(OPTION) or outcome.plan.unknown:
            return
        rows = _rows(site, outcome)
        if not rows or self._sent.get(resource.uuid) == rows or not self._is_news(site, outcome):
            return
        try:
            site.waldur.resources.set_membership_sync_statuses(
                resource.uuid, [dict(row) for row in rows]
            )
        except RefusedError as error:
            logger.warning("statuses.refused", resource=resource.uuid.hex, error=str(error))
        self._sent[resource.uuid] = rows

    def _is_news(self, site: Site, outcome: MembersOutcome) -> bool:
        """An unchanged resource is news only after this process reported a change of it.

        What a backend says of its own accord may change while the team does not.
        """
        of_its_own = overrides(site.backend, "get_membership_sync_report")
        return of_its_own or outcome.plan.differs or outcome.plan.resource.uuid in self._sent


def _rows(site: Site, outcome: MembersOutcome) -> list[MembershipStatus]:
    try:
        reported = site.backend.get_membership_sync_report(outcome.plan.resource)
    except BackendError as error:
        logger.warning("statuses.unreadable", error=str(error))
        return []
    return list(reported) if reported is not None else list(own_rows(outcome))


def own_rows(outcome: MembersOutcome) -> Iterator[MembershipStatus]:
    """Say of each member of the team whether the backend has it, and if not, why."""
    plan, added = outcome.plan, outcome.changed.added
    for member in plan.existing.values():
        yield from _row(member, MembershipSyncState.SYNCED)
    for name, member in plan.add.items():
        if name in added:
            yield from _row(member, MembershipSyncState.SYNCED)
        elif name in added.waiting:
            yield from _row(member, MembershipSyncState.PENDING, added.waiting[name])
        else:
            yield from _row(member, MembershipSyncState.ERROR, _why(name, added.failed, outcome))


def _why(name: str, failed: Mapping[str, str], outcome: MembersOutcome) -> str:
    return failed.get(name) or str(outcome.changed.error or "not added")


def _row(
    member: Member, state: MembershipSyncState, message: str = ""
) -> Iterator[MembershipStatus]:
    """One member's row; accounts of projects have no person to show it to."""
    if member.cuid:
        row: MembershipStatus = {
            "username": member.cuid,
            "scope_type": "resource",
            "role_name": member.role or DEFAULT_ROLE,
            "state": state.value,
        }
        if message:
            row["message"] = message
        yield row
