"""What of the components in the settings is to be written into Waldur. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from waldur_site_agent.waldur.models.states import BillingType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from waldur_site_agent.config.components import BackendComponent
    from waldur_site_agent.waldur.models import OfferingComponent

OPTIONAL = (
    "description",
    "min_value",
    "max_value",
    "max_available_limit",
    "default_limit",
    "limit_period",
    "article_code",
    "is_boolean",
    "is_prepaid",
    "min_prepaid_duration",
    "max_prepaid_duration",
    "prepaid_duration_step",
    "min_renewal_duration",
    "max_renewal_duration",
    "renewal_duration_step",
)
"""What the settings may say of a component; what they do not say stays as it is in Waldur."""
KEPT = ("unit_factor", "limit_amount", "limit_decimal_places", "overage_component", *OPTIONAL)
"""What Waldur may have, and would lose in an update that does not name it."""


@dataclass(frozen=True, kw_only=True)
class ComponentChange:
    """One component that is to be written.

    Attributes:
        component: its type.
        uuid: of the one in Waldur; None for one that is to be created.
        differences: by field, what Waldur has (None for nothing) and what is to be.
        fields: what is sent.
    """

    component: str
    uuid: UUID | None
    differences: Mapping[str, tuple[object, object]]
    fields: Mapping[str, object]


def plan_components(
    wanted: Mapping[str, BackendComponent], present: Iterable[OfferingComponent]
) -> Iterator[ComponentChange]:
    """Compare the settings' components with the offering's in Waldur.

    The unit factor stays Waldur's: it is for display there, and the settings' own is the backend's.

    Args:
        wanted: by type, as the settings have them.
        present: the offering's in Waldur; others than those of the settings are left alone.
    """
    known = {one.type: one for one in present}
    for name, component in wanted.items():
        found = known.get(name)
        fields = _fields(name, component)
        differences = {
            field: (_value(found, field), value)
            for field, value in fields.items()
            if _value(found, field) != value
        }
        if found is None:
            yield ComponentChange(component=name, uuid=None, differences=differences, fields=fields)
        elif differences:
            yield ComponentChange(
                component=name,
                uuid=found.uuid,
                differences=differences,
                fields={**_kept(found), **fields},
            )


def _fields(name: str, component: BackendComponent) -> dict[str, object]:
    """What the settings say, under Waldur's names."""
    fields: dict[str, object] = {
        "type": name,
        "name": component.label,
        "measured_unit": component.measured_unit,
        "billing_type": component.accounting_type.value,
    }
    if component.limit is not None:
        fields["limit_amount"] = component.limit
    said = {field: getattr(component, field) for field in OPTIONAL}
    fields |= {field: value for field, value in said.items() if value is not None}
    if component.accounting_type.value == BillingType.ONE:
        fields["is_prepaid"] = True
    return fields


def _kept(found: OfferingComponent) -> dict[str, object]:
    values = {field: _value(found, field) for field in KEPT}
    return {field: value for field, value in values.items() if value is not None}


def _value(found: OfferingComponent | None, field: str) -> object:
    """What Waldur has, as it is sent; None for nothing."""
    value = getattr(found, field, None)
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, str):
        return str(value) or None
    return int(value) if isinstance(value, float) and value.is_integer() else value
