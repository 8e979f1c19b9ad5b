"""What hooks receive from Waldur, as far as plugins may rely on it.

The agent passes its own objects; these protocols name the attributes that stay.
"""

# ruff: noqa: D102 - the properties bear Waldur's own names

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID


class WaldurResource(Protocol):
    """A resource in Waldur.

    ``limits`` (Waldur units), ``attributes``, ``offering_plugin_options`` and ``backend_metadata``
    are mappings that also offer ``to_dict()`` and ``additional_properties``, as 1.x plugins use
    them. Strings that Waldur left out are ``""``.
    """

    backend_id: str

    @property
    def uuid(self) -> UUID: ...
    @property
    def effective_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def limits(self) -> Mapping[str, float]: ...
    @property
    def attributes(self) -> Mapping[str, object]: ...
    @property
    def project_uuid(self) -> UUID | None: ...
    @property
    def project_slug(self) -> str: ...
    @property
    def project_name(self) -> str: ...
    @property
    def project_description(self) -> str: ...
    @property
    def customer_uuid(self) -> UUID | None: ...
    @property
    def customer_slug(self) -> str: ...
    @property
    def customer_name(self) -> str: ...
    @property
    def offering_uuid(self) -> UUID | None: ...
    @property
    def offering_plugin_options(self) -> Mapping[str, object]: ...
    @property
    def offering_backend_id(self) -> str: ...
    @property
    def paused(self) -> bool: ...
    @property
    def downscaled(self) -> bool: ...
    @property
    def restrict_member_access(self) -> bool: ...
    @property
    def backend_metadata(self) -> Mapping[str, object]: ...
    @property
    def plan_uuid(self) -> UUID | None: ...
    @property
    def plan_name(self) -> str: ...
    @property
    def end_date(self) -> date | None: ...
    @property
    def end_date_updated_at(self) -> datetime | None: ...
    @property
    def project_end_date(self) -> date | None: ...
    @property
    def created(self) -> datetime | None: ...


class WaldurOrder(Protocol):
    """An order in Waldur."""

    @property
    def uuid(self) -> UUID: ...
    @property
    def type(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def backend_id(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, object]: ...
    @property
    def limits(self) -> Mapping[str, float]: ...


class WaldurOfferingUser(Protocol):
    """A user's account at an offering; the ``user_…`` attributes are the person's.

    Of a profile, the offering in Waldur decides what it exposes; the rest is None. There is more
    than what is listed here: see ``waldur_site_agent.waldur.models.OfferingUser``.
    """

    @property
    def uuid(self) -> UUID: ...
    @property
    def username(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def user_uuid(self) -> UUID | None: ...
    @property
    def user_username(self) -> str: ...
    @property
    def user_first_name(self) -> str | None: ...
    @property
    def user_last_name(self) -> str | None: ...
    @property
    def user_email(self) -> str | None: ...


class WaldurResources(Protocol):
    """The operations on resources that hooks of the contract use."""

    def set_limits(self, uuid: UUID, limits: Mapping[str, float], /) -> object:
        """Write a resource's limits, in Waldur units."""
        ...


class WaldurGateway(Protocol):
    """The agent's way to Waldur."""

    @property
    def resources(self) -> WaldurResources: ...


class PluginClient(Protocol):
    """The Waldur client that some hooks receive.

    1.x plugins hand it to the generated SDK; new ones use ``gateway``.
    """

    @property
    def gateway(self) -> WaldurGateway: ...
