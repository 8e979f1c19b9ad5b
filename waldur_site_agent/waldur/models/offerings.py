"""Offerings: what a provider sells, of which components, on which partitions."""

from uuid import UUID

from msgspec import Struct, field

from waldur_site_agent.waldur.wire import FreeForm, Label


class OfferingComponent(Struct, frozen=True, kw_only=True):
    """One thing that is counted.

    ``type`` is the key in limits and usages; ``limit_period`` is empty where limits never renew.
    """

    type: str
    name: str = ""
    uuid: UUID | None = None
    description: str = ""
    measured_unit: str = ""
    billing_type: Label = Label("")
    unit_factor: float | None = None
    limit_period: Label = Label("")
    limit_amount: float | None = None
    default_limit: float | None = None
    min_value: float | None = None
    max_value: float | None = None
    max_available_limit: float | None = None
    limit_decimal_places: int | None = None
    article_code: str = ""
    is_boolean: bool = False
    is_builtin: bool = False
    is_prepaid: bool = False
    overage_component: UUID | None = None
    min_prepaid_duration: int | None = None
    max_prepaid_duration: int | None = None
    prepaid_duration_step: int | None = None
    min_renewal_duration: int | None = None
    max_renewal_duration: int | None = None
    renewal_duration_step: int | None = None

    @property
    def type_(self) -> str:
        """The type, under its name in Waldur's generated client."""
        return self.type


class Partition(Struct, frozen=True, kw_only=True):
    """A partition of the cluster, as the provider described it in Waldur."""

    partition_name: str = ""
    uuid: UUID | None = None
    qos: str = ""
    priority_tier: int | None = None

    @property
    def name(self) -> str:
        """The partition's name, as the cluster knows it."""
        return self.partition_name


class OfferingDetails(Struct, frozen=True, kw_only=True):
    """What the agent reads of its own offering.

    ``customer_uuid`` is the organisation that provides it.
    """

    uuid: UUID | None = None
    name: str = ""
    state: Label = Label("")
    backend_id: str = ""
    customer_uuid: UUID | None = None
    components: tuple[OfferingComponent, ...] = ()
    partitions: tuple[Partition, ...] = ()
    plugin_options: FreeForm = field(default_factory=FreeForm)


class AttributeConfig(Struct, frozen=True, kw_only=True):
    """Which personal fields of its users a provider may see, by plain names (``email``)."""

    exposed_fields: tuple[str, ...] = ()
