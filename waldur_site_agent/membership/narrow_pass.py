"""A pass over a few resources that somebody said to look at again.

It makes the same decisions as a pass over the offering, by reads that grow with what is looked at
rather than with the offering. Only before anybody is removed is all of it looked at, where that
matters: a plugin wants to know who leaves the offering altogether, which nothing would tell
afterwards; or members are shared on the backend, so that a plugin has to see with whom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.membership.applying import apply_members
from waldur_site_agent.membership.departures import cares_for_leavers, deactivate, leaving
from waldur_site_agent.membership.looking_after import LookingAfter
from waldur_site_agent.membership.members import known_by
from waldur_site_agent.membership.observing import SHARED, observe, observe_some, shares_its_id
from waldur_site_agent.membership.people import accounts_by_key, key_of
from waldur_site_agent.membership.plan import nobody_known
from waldur_site_agent.membership.planning import plan_members
from waldur_site_agent.membership.report import SyncReport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.membership.observing import Observed
    from waldur_site_agent.membership.plan import MembersPlan
    from waldur_site_agent.membership.planning import Row
    from waldur_site_agent.membership.statuses import StatusReports
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)


class NarrowPass:
    """One pass over a few resources; made anew for each.

    Args of the constructor:
        site: the offering at work. Of its reads, the users may be some minutes old.
        statuses: what was reported before.
        check_stop: raises StoppedError when the process should end.
        beat: called before each resource.
    """

    def __init__(
        self,
        site: Site,
        *,
        statuses: StatusReports,
        check_stop: Callable[[], None],
        beat: Callable[[], None],
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._site = site
        self._check_stop = check_stop
        self._beat = beat
        self._report = SyncReport()
        self._looking_after = LookingAfter(
            site, report=self._report, statuses=statuses, by_listing=False
        )

    def over(self, resources: Sequence[Resource]) -> SyncReport:
        """Make the pass over resources that were read just now.

        Raises:
            WaldurError: Waldur did not tell what is needed.
            BackendUnavailableError: the backend did not answer at all.
            StoppedError: the process was asked to end.
        """
        observed = observe_some(self._site, resources)
        self._count_unseen(observed)
        try:
            self._work_on(observed)
        except BackendUnavailableError as error:
            logger.warning("members.given_up", why=str(error))
            self._report.given_up = str(error)
        return self._report

    def _count_unseen(self, observed: Observed) -> None:
        self._report.counts["unknown"] += len(observed.unknown)
        self._report.counts["missing"] += len(observed.missing)
        for one in observed.missing:
            logger.error("resource.missing", resource=one.uuid.hex, backend_id=one.backend_id)

    def _work_on(self, observed: Observed) -> None:
        there = observed.there
        for resource in there:
            self._check_stop()
            self._looking_after.follow_project(resource)
        plans = [self._own(plan) for plan in self._plans(observed.rows(there))]
        self._hand_over_leavers(plans)
        for outcome in apply_members(self._site, plans, check_stop=self._check_stop):
            self._beat()
            self._check_stop()
            self._looking_after.resource(outcome)

    def _plans(self, rows: Sequence[Row]) -> list[MembersPlan]:
        """Plan, and once more by what Waldur says now where old reads might mislead."""
        if not rows:
            return []
        aged = self._site.reads.has_users
        plans = self._planned(rows)
        if aged and any(_is_doubtful(plan, self._site) for plan in plans):
            self._site.reads.forget_offering_users()
            plans = self._planned(rows)
        return plans

    def _planned(self, rows: Sequence[Row]) -> list[MembersPlan]:
        return plan_members(
            self._site, rows, force=False, check_stop=self._check_stop, by_listing=False
        )

    @property
    def _looks_around(self) -> bool:
        """Whether somebody may be removed only after all of the offering was looked at."""
        return self._site.backend.shared_project_membership or cares_for_leavers(self._site)

    def _hand_over_leavers(self, plans: Sequence[MembersPlan]) -> None:
        if not any(plan.remove for plan in plans) or not self._looks_around:
            return
        everything = observe(self._site, ())
        if everything.is_complete:
            rows = everything.rows(everything.living)
            deactivate(self._site, leaving(self._site, plans, rows))

    def _own(self, plan: MembersPlan) -> MembersPlan:
        """A plan for a resource whose id is its own; another's members are left alone."""
        if not plan.is_change or not shares_its_id(self._site, plan.resource):
            return plan
        return nobody_known(plan.resource, list(plan.existing), SHARED)


def _is_doubtful(plan: MembersPlan, site: Site) -> bool:
    """Whether old names may be why somebody is to leave, or has none."""
    if not (plan.remove or plan.held_back):
        return bool(plan.unnamed)
    key, normalize = known_by(site.backend), site.backend.normalize_username
    known = {normalize(key_of(account, key)) for account in accounts_by_key(site)}
    leaving = (*plan.remove, *plan.held_back)
    return bool(plan.unnamed) or any(normalize(removal.name) not in known for removal in leaving)
