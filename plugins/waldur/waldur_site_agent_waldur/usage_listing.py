"""Reading a month's usage of many resources from the target's listings."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from waldur_site_agent_waldur.reads import uuid_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import ComponentUsage, UserUsage
    from waldur_site_agent_waldur.settings import FederationSettings

Amounts = dict[str, Decimal]
"""By the target's component."""

FEW = 3
"""So many resources are asked about one by one; for more, the organization's usage is listed."""


@dataclass
class Used:
    """What one resource used in a month, in the target's units."""

    total: Amounts = field(default_factory=dict)
    by_user: dict[str, Amounts] = field(default_factory=dict)


def read_usage(
    waldur: Waldur, settings: FederationSettings, backend_ids: Sequence[str], month: date
) -> Mapping[str, Used]:
    """Read a month.

    Args:
        waldur: the target.
        settings: whose offering and organization.
        backend_ids: of resources that the target has.
        month: its first day.

    Returns:
        One for each id; empty for a resource that used nothing.

    Raises:
        BackendError: the target refused, or could not be asked.
    """
    totals, users = _listed(waldur, settings, [uuid_of(one) for one in backend_ids], month)
    used = {uuid_of(backend_id): Used() for backend_id in backend_ids}
    components: dict[UUID | None, str] = {row.uuid: row.type for row in totals}
    for row in totals:
        if row.resource_uuid in used:
            _add(used[row.resource_uuid].total, row.type, row.usage)
    for part in users:
        component = components.get(part.component_usage_uuid)
        if part.resource_uuid in used and component is not None:
            _add(
                used[part.resource_uuid].by_user.setdefault(part.username, {}),
                component,
                part.usage,
            )
    return {backend_id: used[uuid_of(backend_id)] for backend_id in backend_ids}


def _listed(
    waldur: Waldur, settings: FederationSettings, resources: Sequence[UUID], month: date
) -> tuple[list[ComponentUsage], list[UserUsage]]:
    """The rows of all these resources, and perhaps of others."""
    if len(resources) > FEW:
        narrowed = {
            "offering_uuid": settings.offering_uuid,
            "customer_uuid": settings.customer_uuid,
        }
        return (waldur.usages.totals(month, **narrowed), waldur.usages.of_users(month, **narrowed))
    totals = [row for one in resources for row in waldur.usages.totals(month, resource_uuid=one)]
    users = [row for one in resources for row in waldur.usages.of_users(month, resource_uuid=one)]
    return totals, users


def _add(amounts: Amounts, component: str, amount: Decimal) -> None:
    amounts[component] = amounts.get(component, Decimal(0)) + amount
