"""One month of many resources: measured, compared, planned. Sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.backend.in_hand import having
from waldur_site_agent.usage.measuring import measure, unrecorded_as_idle
from waldur_site_agent.usage.observing import read_before
from waldur_site_agent.usage.plan import Rules, UsagePlan, plan_usage
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.models.states import BillingType

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.usage.people import People
    from waldur_site_agent.usage.periods import Month
    from waldur_site_agent.usage.plan import Record
    from waldur_site_agent.waldur.models import Resource

CORRECTING = Rules(holds_decreases=False, clears_absent_users=True, clears_absent_components=True)
"""Waldur is to have what was measured, and nothing else."""
BILLED = (BillingType.USAGE, BillingType.LIMIT)
"""How components are billed of which Waldur takes usage."""


@dataclass(frozen=True, kw_only=True)
class ResourceMonth:
    """What of one resource's month is to be sent.

    Attributes:
        resource: as Waldur has it.
        plan: what is to be sent, and what not.
        records: what Waldur has of the month already: component usages by component.
    """

    resource: Resource
    plan: UsagePlan
    records: Mapping[str, UUID]

    @property
    def uuid(self) -> UUID:
        """The resource's."""
        return self.resource.uuid

    @property
    def backend_id(self) -> str:
        """The resource's id on the backend."""
        return self.resource.backend_id

    @property
    def has_records(self) -> bool:
        """Whether Waldur has a total of each component of which users' amounts are to be sent."""
        return all(change.component in self.records for change in self.plan.users)


@dataclass(kw_only=True)
class MonthPlan:
    """One month of many resources.

    Attributes:
        planned: of those that were measured.
        unmeasured: why others were not.
        unrecorded: those of which the backend keeps no record.
        unread: why Waldur did not tell what it has of others.
    """

    month: Month
    planned: list[ResourceMonth] = field(default_factory=list)
    unmeasured: dict[str, str] = field(default_factory=dict)
    unrecorded: Collection[str] = ()
    unread: dict[str, str] = field(default_factory=dict)


def rules_of(site: Site) -> Rules:
    """How decreases are met at an offering."""
    decreasing = site.backend.supports_decreasing_usage
    return Rules(
        holds_decreases=not decreasing,
        omits_components=site.offering.omit_anomalous_usage_components,
        clears_absent_users=decreasing,
    )


def plan_month(
    site: Site,
    month: Month,
    resources: Sequence[Resource],
    *,
    people: People,
    rules: Rules,
    corrected: UUID | None = None,
) -> MonthPlan:
    """Measure a month, read what Waldur has of it, and compare.

    Args:
        site: the offering at work.
        month: which one.
        resources: those that the backend has.
        people: whose usage it is.
        rules: how decreases are met.
        corrected: a resource that is put right, whatever Waldur has of it.

    Raises:
        WaldurError: Waldur did not tell what it has.
    """
    billed = billed_components(site)
    own = _own_components(site, billed)
    with having(resources):
        measurement = measure(
            site,
            [one.backend_id for one in resources],
            month,
            components=own,
            name_of=people.name_of,
        )
    if rules.clears_absent_components:
        unrecorded_as_idle(measurement, own)
    measured = [one for one in resources if one.backend_id in measurement.used]
    before = read_before(site, month, [one.uuid for one in measured]) if measured else {}
    found = MonthPlan(
        month=month, unmeasured=measurement.unmeasured, unrecorded=measurement.unrecorded
    )
    for resource in measured:
        known = before[resource.uuid]
        if isinstance(known, WaldurError):
            found.unread[resource.backend_id] = str(known)
            continue
        used = measurement.used[resource.backend_id]
        its_rules = CORRECTING if resource.uuid == corrected else rules
        plan = plan_usage(used, known, components=billed, rules=its_rules)
        found.planned.append(ResourceMonth(resource=resource, plan=plan, records=_uuids(known)))
    return found


def _uuids(known: Mapping[str, Sequence[Record]]) -> Mapping[str, UUID]:
    return {component: records[0].uuid for component, records in known.items()}


def billed_components(site: Site) -> frozenset[str]:
    """The components of which Waldur takes usage."""
    return frozenset(
        component.type
        for component in site.reads.offering.components
        if not component.billing_type or component.billing_type in BILLED
    )


def _own_components(site: Site, billed: Collection[str]) -> list[str]:
    """What this agent measures: other components may be told to Waldur by somebody else."""
    own = site.offering.backend_components_dict or site.backend.backend_components
    return sorted(set(own) & set(billed))
