"""Offering users: people's accounts at an offering."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from msgspec import Struct

from waldur_site_agent.waldur.wire import Label, Moment, fields_of


class OfferingUser(Struct, kw_only=True):
    """A person's account at an offering.

    Not frozen: it is handed to plugins. The ``user_…`` fields are personal; those that the
    offering does not expose are never asked for, and stay None.

    Attributes:
        uuid: the account's.
        user_uuid: the person's.
        username: the name at the site; empty while there is none.
        user_username: the stable identity of the person in Waldur (CUID).
        is_restricted: a person whose access an operator has withdrawn.
    """

    uuid: UUID
    url: str = ""
    username: str = ""
    state: Label = Label("")
    runtime_state: Label = Label("")
    is_restricted: bool = False
    has_consent: bool | None = None
    offering_uuid: UUID | None = None
    customer_uuid: UUID | None = None
    service_provider_comment: str = ""
    service_provider_comment_url: str = ""
    created: Moment | None = None
    modified: Moment | None = None
    user_uuid: UUID | None = None
    user_username: str = ""
    user_full_name: str | None = None
    user_first_name: str | None = None
    user_last_name: str | None = None
    user_email: str | None = None
    user_phone_number: str | None = None
    user_organization: str | None = None
    user_organization_country: str | None = None
    user_organization_type: str | None = None
    user_organization_registry_code: str | None = None
    user_organization_vat_code: str | None = None
    user_organization_address: str | None = None
    user_job_title: str | None = None
    user_affiliations: list[str] | None = None
    user_gender: str | int | None = None
    user_personal_title: str | None = None
    user_place_of_birth: str | None = None
    user_address: str | None = None
    user_country_of_residence: str | None = None
    user_nationality: str | None = None
    user_nationalities: list[str] | None = None
    user_eduperson_assurance: list[str] | None = None
    user_civil_number: str | None = None
    user_birth_date: date | None = None
    user_identity_source: str | None = None
    user_registration_method: str | None = None
    user_active_isds: list[str] | None = None
    user_uid_number: int | None = None
    user_primary_gid: int | None = None


class OfferingUserBrief(Struct, frozen=True, kw_only=True, gc=False):
    """As much of an account as tells whose it is: of a hundred thousand, memory has to count.

    Attributes:
        uuid: the account's.
        user_uuid: the person's.
        username: the name at the site; empty while there is none.
        is_restricted: a person whose access an operator has withdrawn.
    """

    uuid: UUID
    user_uuid: UUID | None = None
    offering_uuid: UUID | None = None
    username: str = ""
    state: Label = Label("")
    is_restricted: bool = False


def brief(user: OfferingUser) -> OfferingUserBrief:
    """Keep of an account what tells whose it is."""
    return OfferingUserBrief(
        uuid=user.uuid,
        user_uuid=user.user_uuid,
        offering_uuid=user.offering_uuid,
        username=user.username,
        state=user.state,
        is_restricted=user.is_restricted,
    )


PREFIX = "user_"
NAMES = ("user_full_name", "user_first_name", "user_last_name")
"""What an exposed ``full_name`` allows."""


def requested_fields(exposed_fields: Iterable[str]) -> tuple[str, ...]:
    """Name the fields to ask for: the impersonal ones, and the personal ones that are exposed.

    Args:
        exposed_fields: plain names from the offering's attribute configuration; names that the
            model does not have are passed over.
    """
    allowed = personal_fields(exposed_fields)
    return tuple(
        name for name in fields_of(OfferingUser) if not _is_personal(name) or name in allowed
    )


def personal_fields(exposed_fields: Iterable[str]) -> frozenset[str]:
    """Name the fields of an account that may be seen, by the names of the model."""
    allowed = {f"{PREFIX}{name}" for name in exposed_fields}
    if "user_full_name" in allowed:
        allowed.update(NAMES)
    return frozenset(allowed)


def _is_personal(name: str) -> bool:
    return name.startswith(PREFIX) and name != "user_uuid"
