"""What providers offer."""

from collections.abc import Iterable, Mapping

from waldur_site_agent_testkit.mastermind import catalogue
from waldur_site_agent_testkit.mastermind.shapes import JSON, Limits, Object
from waldur_site_agent_testkit.mastermind.state import Customer, Offering, Plan
from waldur_site_agent_testkit.mastermind.verbs.base import Verbs, locked


class OfferingVerbs(Verbs):
    """Offerings and their plans."""

    @locked
    def add_offering(
        self,
        customer: Customer,
        name: str,
        *,
        components: Mapping[str, catalogue.ComponentSpec] | Iterable[str] = (),
        plugin_options: Mapping[str, JSON] | None = None,
        offering_type: str = catalogue.SITE_AGENT,
        exposed_fields: Iterable[str] = catalogue.EXPOSED_FIELDS,
        partitions: Mapping[str, Object] | None = None,
        backend_id: str = "",
    ) -> Offering:
        """Add an offering of a provider.

        Args:
            customer: The organization that provides it.
            name: What people see.
            components: Component types, or a mapping of types to `ComponentSpec`.
            plugin_options: Free-form options; by default Mastermind makes offering users, and the
                provider names them.
            offering_type: The plugin type.
            exposed_fields: The profile attributes that the provider may see.
            partitions: Slurm partitions by name, with their optional fields.
            backend_id: The offering's own id at the backend.
        """
        offering = catalogue.offering(
            self._store,
            customer=customer,
            name=name,
            components=catalogue.specs(components),
            plugin_options=plugin_options,
            offering_type=offering_type,
            exposed_fields=exposed_fields,
            partitions=partitions or {},
        )
        offering.backend_id = backend_id
        return offering

    @locked
    def add_plan(
        self, offering: Offering, name: str = "Standard", *, quotas: Limits | None = None
    ) -> Plan:
        """Add a plan; `quotas` are the amounts of the fixed components."""
        return catalogue.plan(self._store, offering=offering, name=name, quotas=quotas or {})

    @locked
    def archive_plan(self, plan: Plan) -> None:
        """Sell nothing more by a plan."""
        plan.archived = True
        self._store.touch(plan)

    @locked
    def set_option(self, offering: Offering, name: str, value: JSON) -> None:
        """Set one of an offering's options, such as `enable_membership_sync_status`."""
        offering.plugin_options[name] = value
        self._store.touch(offering)
