"""What a usage pass would send, with nothing sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.usage.months import plan_month, rules_of
from waldur_site_agent.usage.people import People
from waldur_site_agent.usage.resources import find_resources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.usage.months import MonthPlan
    from waldur_site_agent.usage.periods import Month
    from waldur_site_agent.usage.plan import Rules, UsagePlan


@dataclass(frozen=True, kw_only=True)
class PlannedUsage:
    """What of one resource's month would be sent.

    Attributes:
        resource: its id on the backend.
        month: which one.
        plan: what would be sent, and what not.
        trouble: why nothing can be said.
    """

    resource: str
    month: Month | None
    plan: UsagePlan | None = None
    trouble: str = ""


def plan_pass(
    site: Site, *, months: Sequence[Month], only: Sequence[str], rules: Rules | None = None
) -> Iterator[PlannedUsage]:
    """Plan a pass.

    Raises:
        WaldurError: Waldur did not list resources, users or usages.
        BackendUnavailableError: the backend does not answer.
        UnknownResourceError: a resource that was asked for is not there.
    """
    reported = find_resources(site, only)
    for resource in reported.missing:
        why = "the backend does not have it"
        yield PlannedUsage(resource=resource.backend_id, month=None, trouble=why)
    for backend_id, why in reported.unknown.items():
        yield PlannedUsage(resource=backend_id, month=None, trouble=why)
    people = People(site)
    for month in months:
        yield from _of_month(
            plan_month(site, month, reported.there, people=people, rules=rules or rules_of(site))
        )


def _of_month(found: MonthPlan) -> Iterator[PlannedUsage]:
    for backend_id in sorted(found.unrecorded):
        why = "the backend keeps no record of this month"
        yield PlannedUsage(resource=backend_id, month=found.month, trouble=why)
    for backend_id, why in {**found.unmeasured, **found.unread}.items():
        yield PlannedUsage(resource=backend_id, month=found.month, trouble=why)
    for one in found.planned:
        yield PlannedUsage(resource=one.backend_id, month=found.month, plan=one.plan)
