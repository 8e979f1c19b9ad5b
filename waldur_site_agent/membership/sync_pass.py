"""One pass over an offering's members and what else keeps its resources in line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.backend.lookup import Found, look_up_many
from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.membership.applying import apply_members
from waldur_site_agent.membership.departures import (
    begin_deletions,
    deactivate,
    finish_deletions,
    leaving,
)
from waldur_site_agent.membership.looking_after import LookingAfter
from waldur_site_agent.membership.observing import Observed, observe
from waldur_site_agent.membership.planning import plan_members
from waldur_site_agent.membership.report import SyncReport
from waldur_site_agent.metrics.counting import removals_held_back
from waldur_site_agent.usernames.sync import name_everybody

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.membership.applying import MembersOutcome
    from waldur_site_agent.membership.planning import Row
    from waldur_site_agent.membership.statuses import StatusReports
    from waldur_site_agent.sites.site import Site

logger = structlog.get_logger(__name__)


class MembershipPass:
    """One pass; made anew for each.

    Args of the constructor:
        site: the offering at work.
        only: the resources to look after; none for all.
        force: a person has looked: hold nothing back, and make again what the backend lost.
        recreate: make again what the backend lost, and hold back what has to be.
        statuses: what was reported before.
        check_stop: raises StoppedError when the process should end.
        beat: called before each resource.
    """

    def __init__(
        self,
        site: Site,
        *,
        only: Sequence[str] = (),
        force: bool = False,
        recreate: bool = False,
        statuses: StatusReports,
        check_stop: Callable[[], None],
        beat: Callable[[], None],
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._site = site
        self._only = only
        self._force = force
        self._recreates = force or recreate
        self._check_stop = check_stop
        self._beat = beat
        self._report = SyncReport()
        self._looking_after = LookingAfter(site, report=self._report, statuses=statuses)

    def run(self) -> SyncReport:
        """Make the pass.

        Raises:
            WaldurError: Waldur did not list resources or users.
            BackendUnavailableError: the backend did not answer at all.
            UnknownResourceError: a resource that was asked for is not there.
            StoppedError: the process was asked to end.
        """
        if not self._only:
            self._name_users()
        observed = self._recreated(observe(self._site, self._only))
        self._count_unseen(observed)
        try:
            self._work_on(observed)
        except BackendUnavailableError as error:
            logger.warning("members.given_up", why=str(error))
            self._report.given_up = str(error)
        self._measure()
        return self._report

    def _measure(self) -> None:
        """What stands held back; a pass over some resources, or half of one, cannot tell."""
        if not (self._only or self._report.given_up):
            held_back = self._report.counts["held_back"]
            removals_held_back(offering=self._site.offering.name, number=held_back)

    def _name_users(self) -> None:
        site = self._site
        naming = name_everybody(site)
        if naming.named:
            site.reads.forget_offering_users()
        self._report.counts["nameless"] = naming.nameless
        if self._reconciles_usernames():
            site.reads.forget_offering_users()
        if overrides(site.username_backend, "sync_user_profiles"):
            users = [user for user in site.reads.offering_users if not user.is_restricted]
            site.username_backend.sync_user_profiles(users)
        begin_deletions(site)

    def _reconciles_usernames(self) -> bool:
        site = self._site
        return bool(
            site.offering.username_reconciliation_enabled
            and site.backend.sync_offering_user_usernames(
                site.offering.waldur_offering_uuid, site.client
            )
        )

    def _recreated(self, observed: Observed) -> Observed:
        """Make again what the backend lost, where a person asked for it."""
        missing = observed.missing if self._recreates else []
        made = [one for one in missing if self._looking_after.recreate(one)]
        if not made:
            return observed
        self._report.counts["recreated"] += len(made)
        again = look_up_many(self._site.backend, made)
        found = Found(
            there={**observed.found.there, **again.there},
            unknown={**observed.found.unknown, **again.unknown},
        )
        return replace(observed, found=found)

    def _count_unseen(self, observed: Observed) -> None:
        self._report.counts["unknown"] += len(observed.unknown)
        self._report.counts["missing"] += len(observed.missing)
        for resource in observed.missing:
            logger.error(
                "resource.missing",
                resource=resource.uuid.hex,
                backend_id=resource.backend_id,
                remedy=self._remedy,
            )

    @property
    def _remedy(self) -> str:
        if self._recreates:
            return "the backend does not have it, and its plugin did not make it again"
        return "the backend does not have it; --force makes it again"

    def _work_on(self, observed: Observed) -> None:
        there = observed.there
        for resource in there:
            self._check_stop()
            self._looking_after.follow_project(resource)
        rows = observed.rows(there)
        plans = plan_members(self._site, rows, force=self._force, check_stop=self._check_stop)
        everywhere = observed.rows(observed.living)
        if observed.is_complete:
            deactivate(self._site, leaving(self._site, plans, everywhere))
        outcomes = apply_members(self._site, plans, check_stop=self._check_stop)
        for outcome in outcomes:
            self._beat()
            self._check_stop()
            self._looking_after.resource(outcome)
        if observed.is_complete:
            finish_deletions(self._site, _rows_now(everywhere, outcomes))


def _rows_now(rows: Sequence[Row], outcomes: Sequence[MembersOutcome]) -> list[Row]:
    """Who is on each resource after the pass."""
    gone = {outcome.plan.resource.uuid: frozenset(outcome.changed.removed) for outcome in outcomes}
    return [
        (one, [name for name in names if name not in gone.get(one.uuid, frozenset())])
        for one, names in rows
    ]
