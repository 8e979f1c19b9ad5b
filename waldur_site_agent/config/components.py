"""An offering's components: what is counted, in which unit, and how it is billed."""

from __future__ import annotations

import copy
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class AccountingType(StrEnum):
    """How a component of the settings is billed. Waldur knows more kinds, and may learn others."""

    USAGE = "usage"
    LIMIT = "limit"
    ONE = "one"


class BackendComponent(BaseModel):
    """One component. A plugin may define keys of its own, which are kept as they are.

    Limits and factors: one Waldur unit is ``unit_factor`` backend units.
    """

    model_config = ConfigDict(
        frozen=True, extra="allow", hide_input_in_errors=True, allow_inf_nan=False
    )

    measured_unit: str = Field(description="The unit that people see in Waldur.")
    accounting_type: AccountingType = Field(
        description="Billed by usage, by limit, or once (prepaid)."
    )
    label: str = Field(description="The name that people see in Waldur.")
    unit_factor: float = Field(
        default=1.0, description="How many backend units one Waldur unit is."
    )
    unit_factor_reporting: float | None = Field(
        default=None, description="The same for reported usage, where it differs."
    )
    limit: float | None = Field(
        default=None, description="A fixed limit for components that are billed by usage."
    )
    description: str | None = Field(default=None, description="Shown in Waldur.")
    min_value: int | None = Field(default=None, description="The least that can be ordered.")
    max_value: int | None = Field(default=None, description="The most that can be ordered.")
    max_available_limit: int | None = Field(
        default=None, description="The most that all resources may have together."
    )
    default_limit: int | None = Field(default=None, description="What an order form offers.")
    limit_period: Literal["annual", "month", "quarterly", "total"] | None = Field(
        default=None, description="How often a limit begins anew."
    )
    article_code: str | None = Field(default=None, description="For accounting.")
    is_boolean: bool | None = Field(default=None, description="Ordered or not; no amount.")
    is_prepaid: bool | None = Field(default=None, description="Paid for in advance.")
    min_prepaid_duration: int | None = Field(default=None, description="In months.")
    max_prepaid_duration: int | None = Field(default=None, description="In months.")
    prepaid_duration_step: int | None = Field(default=None, description="In months.")
    min_renewal_duration: int | None = Field(default=None, description="In months.")
    max_renewal_duration: int | None = Field(default=None, description="In months.")
    renewal_duration_step: int | None = Field(default=None, description="In months.")

    def to_dict(self) -> dict[str, Any]:
        """Write as plain values only what was set; the caller may change it."""
        values = copy.deepcopy(self.model_dump(exclude_unset=True))
        return {key: v.value if isinstance(v, AccountingType) else v for key, v in values.items()}

    @property
    def plugin_keys(self) -> dict[str, Any]:
        """What is set beside the core's keys."""
        return copy.deepcopy(self.model_extra or {})

    def with_plugin_keys(self, keys: Mapping[str, Any]) -> BackendComponent:
        """The same component with these keys beside the core's."""
        core = {name: getattr(self, name) for name in self.model_fields_set & _CORE_KEYS}
        return BackendComponent.model_validate({**core, **copy.deepcopy(dict(keys))})


_CORE_KEYS = frozenset(BackendComponent.model_fields)


def normalize_backend_components(
    components: Mapping[str, BackendComponent | Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Write components as plain values by name, whichever form they have."""
    return {
        name: component.to_dict()
        if isinstance(component, BackendComponent)
        else copy.deepcopy(dict(component))
        for name, component in components.items()
    }


class RemoteComponent(Protocol):
    """What is read of a component that Waldur describes."""

    @property
    def type(self) -> str:
        """Its name in limits and usages."""

    @property
    def name(self) -> str:
        """Its label."""

    @property
    def measured_unit(self) -> str:
        """The unit that people see."""

    @property
    def billing_type(self) -> str:
        """``usage``, ``limit``, ``one``, ``few``, ``fixed``, or what a later Waldur may say."""


def merge_remote_components(
    components: Mapping[str, Mapping[str, Any]], remote: Iterable[RemoteComponent]
) -> dict[str, dict[str, Any]]:
    """Add the components that an offering has in Waldur but not in its settings.

    What the settings say wins. The billing type is taken as Waldur says it: ``fixed``, ``few`` and
    what is not known yet are as good as any.

    Args:
        components: by name, as plain values; not changed.
        remote: the offering's components in Waldur.

    Returns:
        A fresh dictionary, which the caller may change.
    """
    merged = normalize_backend_components(components)
    for component in remote:
        if component.type:
            merged.setdefault(component.type, _described(component))
    return merged


def _described(component: RemoteComponent) -> dict[str, Any]:
    """Write a remote component as the settings would have it."""
    return {
        "measured_unit": component.measured_unit,
        "unit_factor": 1.0,
        "accounting_type": str(component.billing_type),
        "label": component.name or component.type,
    }
