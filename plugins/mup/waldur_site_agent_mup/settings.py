"""The offering's ``backend_settings`` as the plugin's code uses them: typed, with every default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from waldur_site_agent.backend.exceptions import BackendError


@dataclass(frozen=True, kw_only=True)
class UserDefaults:
    """What MUP is told of a person of whom Waldur does not tell it. Blank: nothing is told."""

    salutation: str = ""
    gender: str = "Don't want to reply"
    birth_year: int | None = None
    country: str = ""
    institution_type: str = ""
    institution: str = ""
    biography: str = ""


@dataclass(frozen=True, kw_only=True)
class MupSettings:
    """How one offering lives on one MUP portal.

    Attributes:
        root: where the portal's ``/api/`` is, without a slash at the end.
        research_fields: MUP's ids by OECD code (``1.2``), a code standing for all below it.
        agencies: by the slug of the customer in Waldur.
        storage_limit: of new projects, in GB.
        project_days: how long a project lasts whose end Waldur does not know.
        terms_accepted: whether users accept MUP's terms where they accept the offering's.
        timeout_seconds: for one request with its repetitions.
    """

    root: str
    username: str
    password: str = field(repr=False)
    allocation_prefix: str = "alloc_"
    default_research_field: int = 1
    research_fields: Mapping[str, int] = field(default_factory=dict)
    default_agency: str = "FCT"
    agencies: Mapping[str, str] = field(default_factory=dict)
    storage_limit: int = 1000
    project_days: int = 365
    funding_prefix: str = "WALDUR-SITE-AGENT-"
    terms_accepted: bool = False
    user_defaults: UserDefaults = field(default_factory=UserDefaults)
    ca_bundle: str = ""
    timeout_seconds: float = 30.0
    retries: int = 2
    retry_wait_seconds: float = 1.0

    @classmethod
    def from_dict(cls, raw: Mapping[str, object]) -> MupSettings:
        """Read an offering's ``backend_settings``.

        Raises:
            BackendError: a value that the plugin cannot work with; the text names the key.
        """
        return cls(
            root=portal_root(_required(raw, "api_url")),
            username=_required(raw, "username"),
            password=_required(raw, "password"),
            allocation_prefix=_text(raw, "allocation_prefix", "alloc_"),
            default_research_field=_whole(raw, "default_research_field", 1),
            research_fields=_research_fields(_block(raw, "research_fields")),
            default_agency=_text(raw, "default_agency", "FCT"),
            agencies={key: str(name) for key, name in _block(raw, "agencies").items()},
            storage_limit=_whole(raw, "default_storage_limit", 1000),
            project_days=_whole(raw, "default_project_days", 365),
            funding_prefix=_text(raw, "user_funding_agency_prefix", "WALDUR-SITE-AGENT-"),
            terms_accepted=raw.get("users_accept_terms") is True,
            user_defaults=_user_defaults(raw),
            ca_bundle=_text(raw, "ca_bundle", ""),
            timeout_seconds=_number(raw, "timeout_seconds", 30.0),
            retries=_whole(raw, "retries", 2),
            retry_wait_seconds=_number(raw, "retry_wait_seconds", 1.0),
        )


def _user_defaults(raw: Mapping[str, object]) -> UserDefaults:
    none = UserDefaults()
    return UserDefaults(
        salutation=_text(raw, "default_user_salutation", none.salutation),
        gender=_text(raw, "default_user_gender", none.gender),
        birth_year=_whole(raw, "default_user_birth_year", 0) or None,
        country=_text(raw, "default_user_country", none.country),
        institution_type=_text(raw, "default_user_institution_type", none.institution_type),
        institution=_text(raw, "default_user_institution", none.institution),
        biography=_text(raw, "default_user_biography", none.biography),
    )


def portal_root(api_url: str) -> str:
    """Keep the path of ``api_url``; whether ``/api`` is part of it is as the operator likes."""
    address = urlsplit(api_url)
    if address.scheme not in ("http", "https") or not address.hostname or address.query:
        raise _bad("api_url", "an address such as https://mup.example.org is expected")
    if address.username or address.password:
        raise _bad("api_url", "a user name in the address is not used: set username and password")
    return api_url.rstrip("/").removesuffix("/api").rstrip("/")


def _research_fields(raw: Mapping[str, object]) -> dict[str, int]:
    return {code: _whole(raw, code, 0, block="research_fields.") for code in raw}


def _bad(key: str, why: str) -> BackendError:
    return BackendError(f"backend_settings.{key}: {why}")


def _required(raw: Mapping[str, object], key: str) -> str:
    value = _text(raw, key, "")
    if not value:
        raise _bad(key, "has to be set")
    return value


def _text(raw: Mapping[str, object], key: str, default: str) -> str:
    value = raw.get(key)
    return default if value is None else str(value).strip()


def _whole(raw: Mapping[str, object], key: str, default: int, *, block: str = "") -> int:
    value = raw.get(key)
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _bad(f"{block}{key}", f"{value!r} is not a whole number from 0 on")


def _number(raw: Mapping[str, object], key: str, default: float) -> float:
    value = raw.get(key)
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise _bad(key, f"{value!r} is not a number from 0 on")


def _block(raw: Mapping[str, object], key: str) -> dict[str, object]:
    value = raw.get(key) or {}
    if isinstance(value, Mapping):
        return {str(name): one for name, one in value.items()}
    raise _bad(key, "a mapping is expected")
