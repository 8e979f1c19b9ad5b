"""How offerings and plans are put together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from waldur_site_agent_testkit.mastermind.shapes import JSON, Limits, Object
from waldur_site_agent_testkit.mastermind.state import (
    Component,
    Customer,
    Offering,
    Partition,
    Plan,
)
from waldur_site_agent_testkit.mastermind.store import Store

SITE_AGENT = "Marketplace.Slurm"
"""The type of offerings that wait for a site's agent."""
EXPOSED_FIELDS = ("username", "full_name", "email")
"""What a provider sees of a user when nothing else was agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec:
    """How a component is billed and measured. `unit_factor` backend units make one Waldur unit."""

    billing_type: str = "limit"
    measured_unit: str = "hours"
    limit_period: str | None = "month"
    unit_factor: int = 1
    name: str = ""


def specs(
    components: Mapping[str, ComponentSpec] | Iterable[str],
) -> Mapping[str, ComponentSpec]:
    """Return components with their specifications, where only types were given too."""
    if isinstance(components, Mapping):
        return components
    return {kind: ComponentSpec() for kind in components}


def offering(
    store: Store,
    *,
    customer: Customer,
    name: str,
    components: Mapping[str, ComponentSpec],
    plugin_options: Mapping[str, JSON] | None,
    offering_type: str,
    exposed_fields: Iterable[str],
    partitions: Mapping[str, Object],
) -> Offering:
    """Make an offering without plans."""
    if plugin_options is None:
        plugin_options = {
            "service_provider_can_create_offering_user": True,
            "username_generation_policy": "service_provider",
        }
    made = Offering(
        **store.birth(),
        name=name,
        slug=store.identifiers.slug("offering", name),
        type=offering_type,
        customer=customer,
        plugin_options=dict(plugin_options),
        exposed_fields=list(exposed_fields),
        components=[component(store, kind, spec) for kind, spec in components.items()],
        partitions=[
            Partition(**store.birth(), name=title, settings=dict(settings))
            for title, settings in partitions.items()
        ],
    )
    _ = made.username_policy  # an unknown policy is the test's mistake: say so now
    return store.keep(store.state.offerings, made)


def component(store: Store, kind: str, spec: ComponentSpec) -> Component:
    """Make a component of a type."""
    return Component(
        **store.birth(),
        type=kind,
        name=spec.name or kind.upper(),
        measured_unit=spec.measured_unit,
        billing_type=spec.billing_type,
        limit_period=spec.limit_period,
        unit_factor=spec.unit_factor,
    )


def plan(store: Store, *, offering: Offering, name: str, quotas: Limits) -> Plan:
    """Make a plan of an offering; components without a quota count zero."""
    full: Limits = {component.type: 0 for component in offering.components}
    made = Plan(**store.birth(), name=name, offering=offering, quotas={**full, **quotas})
    offering.plans.append(made)
    return store.keep(store.state.plans, made)
