"""Offerings, as their provider sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.accounts import CourseAccount, ServiceAccount
from waldur_site_agent.waldur.models.offerings import AttributeConfig, OfferingDetails
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

OFFERINGS = "marketplace-provider-offerings/"


class Offerings:
    """The offerings themselves. Every operation raises ``WaldurError`` when Waldur said no."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def get(self, uuid: UUID | str) -> OfferingDetails:
        """Read an offering: components, partitions, options."""
        query = filters(field=fields_of(OfferingDetails))
        return self._rest.read(Call.get("offerings.get", _path(uuid), query), OfferingDetails)

    def is_backend_id_unique(
        self, uuid: UUID | str, backend_id: str, *, check_all_offerings: bool
    ) -> bool:
        """Ask whether no resource has an id yet, in this offering or in all of the provider's."""
        body = {
            "backend_id": backend_id,
            "check_all_offerings": check_all_offerings,
            "use_offering_rules": False,
        }
        path = f"{_path(uuid)}check_unique_backend_id/"
        call = Call.post("offerings.is_backend_id_unique", path, body)
        return self._rest.read(call, _Uniqueness).is_unique

    def create_component(self, uuid: UUID | str, fields: Mapping[str, object]) -> None:
        """Add a component: ``type``, ``name``, ``billing_type`` and what else a component has."""
        path = f"{_path(uuid)}create_offering_component/"
        self._rest.tell(Call.post("offerings.create_component", path, fields, repeatable=False))

    def update_component(self, uuid: UUID | str, fields: Mapping[str, object]) -> None:
        """Replace a component, which ``uuid`` names. What is not named may get its default."""
        path = f"{_path(uuid)}update_offering_component/"
        self._rest.tell(Call.post("offerings.update_component", path, fields))

    def attribute_config(self, uuid: UUID | str) -> AttributeConfig:
        """Read which personal fields of its users the provider may see."""
        path = f"{_path(uuid)}user-attribute-config/"
        return self._rest.read(Call.get("offerings.attribute_config", path), AttributeConfig)

    def service_accounts(self, uuid: UUID | str) -> list[ServiceAccount]:
        """List the accounts of projects' machines."""
        path = f"{_path(uuid)}list_project_service_accounts/"
        return self._rest.list(Call.get("offerings.service_accounts", path), ServiceAccount)

    def course_accounts(self, uuid: UUID | str) -> list[CourseAccount]:
        """List the accounts of courses."""
        path = f"{_path(uuid)}list_course_accounts/"
        return self._rest.list(Call.get("offerings.course_accounts", path), CourseAccount)


class _Uniqueness(msgspec.Struct, frozen=True):
    is_unique: bool


def _path(uuid: UUID | str) -> str:
    return f"{OFFERINGS}{hex_of(uuid)}/"
