"""One resource in a membership pass: its upkeep, and what Waldur is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.metrics.counting import changed
from waldur_site_agent.upkeep.duties import duties
from waldur_site_agent.upkeep.health import mark_erred, mark_sound
from waldur_site_agent.upkeep.projects import SourceProjects, project_steps
from waldur_site_agent.upkeep.running import Upkeep, attempt, carry_out, judge
from waldur_site_agent.upkeep.steps import always
from waldur_site_agent.upkeep.user_limits import LimitsOfUsers
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.membership.applying import MembersOutcome
    from waldur_site_agent.membership.plan import MembersPlan
    from waldur_site_agent.membership.report import SyncReport
    from waldur_site_agent.membership.statuses import StatusReports
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)

SYNC_TOLD_EVERY = timedelta(hours=1)
"""How old ``last_sync`` may grow in Waldur while nothing changes."""


class LookingAfter:
    """The resources of one pass. Methods raise BackendUnavailableError when nobody answers."""

    def __init__(
        self,
        site: Site,
        *,
        report: SyncReport,
        statuses: StatusReports,
        by_listing: bool = True,
    ) -> None:
        """Look after none yet; ``by_listing`` as for :class:`LimitsOfUsers`."""
        self._site = site
        self._report = report
        self._statuses = statuses
        self._upkeep: dict[UUID, Upkeep] = {}
        self._projects = SourceProjects(site, by_listing=by_listing)
        self._limits_of_users = LimitsOfUsers(site, by_listing=by_listing)

    def recreate(self, resource: Resource) -> bool:
        """Make again what the backend lost; whether it was made."""
        upkeep = self._of(resource)
        made = attempt(
            self._site, upkeep, lambda: self._site.backend.recreate_missing_resource(resource)
        )
        if made:
            logger.info("resource.recreated", backend_id=resource.backend_id)
        else:
            self._settle(resource, upkeep, None)
        return bool(made)

    def follow_project(self, resource: Resource) -> None:
        """Do what comes before a resource's members."""
        steps = project_steps(self._site, resource, self._projects)
        carry_out(self._site, self._of(resource), map(always, steps))

    def resource(self, outcome: MembersOutcome) -> None:
        """Do what comes after its members were changed, and tell Waldur."""
        resource = outcome.plan.resource
        upkeep = self._of(resource)
        with structlog.contextvars.bound_contextvars(resource=resource.uuid.hex):
            self._count(outcome)
            if outcome.changed.error is not None:
                judge(self._site, upkeep, outcome.changed.error)
            attempt(self._site, upkeep, lambda: self._members_who_stay(outcome.plan))
            members = {*outcome.plan.existing, *outcome.changed.added}
            carry_out(
                self._site, upkeep, duties(self._site, resource, members, self._limits_of_users)
            )
            self._settle(resource, upkeep, outcome)

    def _of(self, resource: Resource) -> Upkeep:
        return self._upkeep.setdefault(resource.uuid, Upkeep())

    def _members_who_stay(self, plan: MembersPlan) -> None:
        """Homes and roles."""
        if not plan.existing:
            return
        backend, names = self._site.backend, set(plan.existing)
        backend.process_existing_users(names)
        people = {name: member for name, member in plan.existing.items() if member.cuid}
        roles = {name: member.role for name, member in people.items()}
        cuids = {name: member.cuid for name, member in people.items()}
        backend.reconcile_existing_user_roles(plan.resource, names, roles, cuids)

    def _count(self, outcome: MembersOutcome) -> None:
        changed, counts = outcome.changed, self._report.counts
        counts["resources"] += 1
        counts["added"] += len(changed.added)
        counts["removed"] += len(changed.removed)
        counts["waiting"] += len(changed.added.waiting)
        counts["not_changed"] += len(changed.added.failed) + len(changed.removed.failed)
        counts["held_back"] += len(outcome.plan.held_back)
        counts["unknown"] += bool(outcome.plan.unknown)
        self._measure(outcome)

    def _measure(self, outcome: MembersOutcome) -> None:
        added, removed = outcome.changed.added, outcome.changed.removed
        tell = partial(changed, offering=self._site.offering.name)
        tell(kind="member_added", outcome="done", number=len(added))
        tell(kind="member_added", outcome="waiting", number=len(added.waiting))
        tell(kind="member_added", outcome="failed", number=len(added.failed))
        tell(kind="member_removed", outcome="done", number=len(removed))
        tell(kind="member_removed", outcome="failed", number=len(removed.failed))
        tell(kind="member_removed", outcome="held_back", number=len(outcome.plan.held_back))

    def _settle(self, resource: Resource, upkeep: Upkeep, outcome: MembersOutcome | None) -> None:
        """Tell Waldur how it went. A hiccup of Waldur's costs nothing but the telling."""
        try:
            self._tell(resource, upkeep, outcome)
        except WaldurError as error:
            logger.warning("resource.not_told", why=str(error))
            upkeep.left.append(str(error))
        self._report.counts["erred"] += upkeep.refused is not None
        self._report.counts["left"] += bool(upkeep.left)

    def _tell(self, resource: Resource, upkeep: Upkeep, outcome: MembersOutcome | None) -> None:
        if outcome is not None:
            self._statuses.report(self._site, outcome)
        if upkeep.refused is not None:
            mark_erred(self._site, resource, upkeep.refused)
        elif outcome is not None and not upkeep.left and not outcome.plan.unknown:
            mark_sound(self._site, resource)
            if upkeep.wrote or outcome.wrote or _is_old(resource):
                self._site.waldur.resources.refresh_last_sync(resource.uuid)


def _is_old(resource: Resource) -> bool:
    last = resource.last_sync
    return last is None or datetime.now(UTC) - last > SYNC_TOLD_EVERY
