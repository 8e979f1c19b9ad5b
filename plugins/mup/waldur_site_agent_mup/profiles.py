"""What MUP is told of a new user and of a new project. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent_mup.people import Person
    from waldur_site_agent_mup.settings import MupSettings

GENDERS = {
    "0": "Don't want to reply",
    "1": "Male",
    "2": "Female",
    "9": "Don't want to reply",
}
"""ISO 5218, as Waldur has it."""
INSTITUTIONS = {
    "university": "Academia",
    "research-institution": "Academia",
    "research": "Academia",
    "company": "Industry",
    "government": "Public Administration",
}
FUNDING_LENGTH = 10
REASON = "Member of a project with resources ordered in Waldur"


def user_request(person: Person, settings: MupSettings, *, field: int) -> dict[str, object]:
    """Write the request for a new user; ``field`` is the research field's id."""
    known, default = person.attributes, settings.user_defaults
    first, last = _names(person)
    return {
        "username": person.username,
        "email": person.email,
        "research_fields": [field],
        "first_name": first,
        "last_name": last,
        "salutation": _text(known.get("personal_title")) or default.salutation,
        "gender": gender(known.get("gender"), default.gender),
        "year_of_birth": birth_year(known.get("birth_date")) or default.birth_year,
        "country": country(_country_code(person)) or default.country,
        "type_of_institution": institution_type(
            known.get("organization_type"), default.institution_type
        ),
        "affiliated_institution": _text(known.get("organization")) or default.institution,
        "agency": settings.default_agency,
        "funding_agency": settings.default_agency,
        "funding_agency_grant": settings.funding_prefix + person.username[:FUNDING_LENGTH].upper(),
        "request_reason": REASON,
        "rejection_reason": "",
        "biography": default.biography,
        "last_login": None,
        **dict.fromkeys(
            (
                "is_verified",
                "is_approved",
                "is_active",
                "is_staff",
                "is_admin",
                "is_totp_enabled",
                "newsletter",
            ),
            False,
        ),
        "accepted_terms": settings.terms_accepted,
        "accepted_data_sharing": settings.terms_accepted,
        "groups": [],
        "user_permissions": [],
    }


def _names(person: Person) -> tuple[str, str]:
    first, last = (_text(person.attributes.get(name)) for name in ("first_name", "last_name"))
    if first or last:
        return first, last
    given, _, family = _text(person.attributes.get("full_name")).rpartition(" ")
    return given, family


def _country_code(person: Person) -> str:
    told = person.attributes
    return _text(told.get("country_of_residence")) or _text(told.get("nationality"))


def gender(told: object, default: str) -> str:
    """Turn Waldur's gender into MUP's word."""
    text = _text(told)
    return GENDERS.get(text, "Other") if text else default


def birth_year(told: object) -> int | None:
    """Read the year out of a date of birth."""
    year = _text(told)[:4]
    return int(year) if len(year) == 4 and year.isdecimal() else None  # noqa: PLR2004 - a year's digits


def institution_type(told: object, default: str) -> str:
    """Turn Waldur's kind of organization (a URN or its last word) into MUP's word."""
    word = _text(told).rpartition(":")[2].lower()
    return INSTITUTIONS.get(word, "Other") if word else default


def country(code: str) -> str:
    """Turn a country's two letters into its English name; what is no code stays as it is."""
    import pycountry  # noqa: PLC0415 - some megabytes of tables, for the few who ask for new users

    found = pycountry.countries.get(alpha_2=code.upper()) if code else None
    return str(found.name) if found else code


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def new_project(
    *,
    title: str,
    description: str,
    grant: str,
    investigator: str,
    agency: str,
    field: int,
    until: date | None,
    settings: MupSettings,
    today: date,
) -> dict[str, object]:
    """Write a new project; ``until`` is its end as far as Waldur knows it."""
    return {
        "title": title,
        "description": description,
        "pi": investigator,
        "co_pi": "",
        "science_field": field,
        "start_date": today.isoformat(),
        "end_date": (until or today + timedelta(days=settings.project_days)).isoformat(),
        "agency": agency,
        "grant_number": grant,
        "max_storage": settings.storage_limit,
        "ai_included": False,
    }
