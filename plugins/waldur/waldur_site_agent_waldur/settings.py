"""The offering's ``backend_settings`` as the plugin's code uses them: typed, with every default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

HIGHEST_PORT = 65535
Choice = TypeVar("Choice", bound=StrEnum)


class ResolveMethod(StrEnum):
    """How a person of the source is found on the target."""

    IDENTITY_BRIDGE = "identity_bridge"
    """By handing over the CUID and the profile; the target makes who is not there."""
    REMOTE_EDUTEAMS = "remote_eduteams"
    """By the CUID; the target asks eduTEAMS."""
    USER_FIELD = "user_field"
    """By looking for the one user with the same CUID, e-mail address or username."""


class MatchField(StrEnum):
    """What has to be the same on both sides, with ``user_field``."""

    CUID = "cuid"
    EMAIL = "email"
    USERNAME = "username"


class Missing(StrEnum):
    """What it means that the target does not know a person."""

    WARN = "warn"
    """The person waits, and is looked for again in the next pass."""
    FAIL = "fail"
    """Adding the person failed."""


class EndDates(StrEnum):
    """Which side's end dates the other follows. ``a`` is the source, ``b`` the target."""

    BIDIRECTIONAL = "bidirectional"
    A_TO_B = "a_to_b"
    B_TO_A = "b_to_a"
    DISABLED = "disabled"


class LimitSync(StrEnum):
    """Whether the source's limits follow the target's."""

    B_TO_A = "b_to_a"
    DISABLED = "disabled"


class MappedUsage(StrEnum):
    """How the usage of a component's targets becomes the component's."""

    SUM = "sum"
    """Added up, as the 1.x agent does."""
    MAX = "max"
    """The target of which the resource used most counts, for all its users."""
    MEAN = "mean"
    """The mean of all targets."""


@dataclass(frozen=True, kw_only=True)
class TargetAddress:
    """How the target is reached."""

    api_url: str
    token: str = field(repr=False)
    verify_ssl: bool = True
    ca_bundle: str | None = None
    proxy: str = field(default="", repr=False)
    timeout_seconds: float = 60.0


@dataclass(frozen=True, kw_only=True)
class TargetBroker:
    """Where the target's events come from; what is None is as for our own Waldur's."""

    host: str = ""
    port: int | None = None
    path: str | None = None
    tls: bool | None = None


@dataclass(frozen=True, kw_only=True)
class FederationSettings:
    """How one offering of the source lives on the target."""

    target: TargetAddress
    offering_uuid: UUID
    """The target's offering."""
    customer_uuid: UUID
    """The target's organization that owns the projects."""
    resolve_method: ResolveMethod = ResolveMethod.IDENTITY_BRIDGE
    match_field: MatchField = MatchField.CUID
    identity_source: str = ""
    when_missing: Missing = Missing.WARN
    roles: Mapping[str, str] = field(default_factory=dict)
    consented_only: bool = False
    end_dates: EndDates = EndDates.BIDIRECTIONAL
    limit_sync: LimitSync = LimitSync.B_TO_A
    passthrough_attributes: tuple[str, ...] = ()
    plans: Mapping[str, str] = field(default_factory=dict)
    """Plan's name on the source → name or UUID on the target."""
    mapped_usage: MappedUsage = MappedUsage.SUM
    hears_target: bool = False
    """Whether the target's events are listened to."""
    broker: TargetBroker = TargetBroker()

    @classmethod
    def from_dict(cls, raw: Mapping[str, object]) -> FederationSettings:
        """Read an offering's ``backend_settings``.

        Raises:
            ValueError: a value is missing or cannot be worked with; the text names the key.
        """
        settings = cls(
            target=_address(raw),
            offering_uuid=_uuid(raw, "target_offering_uuid"),
            customer_uuid=_uuid(raw, "target_customer_uuid"),
            resolve_method=_choice(raw, "user_resolve_method", ResolveMethod.IDENTITY_BRIDGE),
            match_field=_choice(raw, "user_match_field", MatchField.CUID),
            identity_source=_text(raw, "identity_bridge_source"),
            when_missing=_choice(raw, "user_not_found_action", Missing.WARN),
            roles=_names(raw, "role_mapping"),
            consented_only=_flag(raw, "fetch_consented_users_only", default=False),
            end_dates=_choice(raw, "end_date_sync_direction", EndDates.BIDIRECTIONAL),
            limit_sync=_choice(raw, "limit_sync_direction", LimitSync.B_TO_A),
            passthrough_attributes=tuple(map(str, _list(raw, "passthrough_attributes"))),
            plans=_names(raw, "plan_mapping"),
            mapped_usage=_choice(raw, "mapped_usage", MappedUsage.SUM),
            hears_target=_flag(raw, "target_stomp_enabled", default=False),
            broker=_broker(raw),
        )
        _require_source(settings)
        return settings


def _address(raw: Mapping[str, object]) -> TargetAddress:
    return TargetAddress(
        api_url=_required(raw, "target_api_url"),
        token=_required(raw, "target_api_token"),
        verify_ssl=_flag(raw, "target_verify_ssl", default=True),
        ca_bundle=_text(raw, "target_ca_bundle") or None,
        proxy=_text(raw, "target_proxy"),
        timeout_seconds=_seconds(raw, "target_timeout_seconds", 60.0),
    )


def _broker(raw: Mapping[str, object]) -> TargetBroker:
    return TargetBroker(
        host=_text(raw, "target_stomp_ws_host"),
        port=_port(raw, "target_stomp_ws_port"),
        path=_text(raw, "target_stomp_ws_path") or None,
        tls=_optional_flag(raw, "target_websocket_use_tls"),
    )


def _require_source(settings: FederationSettings) -> None:
    """An identity bridge without a source refuses every user: better to know at the start."""
    if settings.resolve_method is ResolveMethod.IDENTITY_BRIDGE and not settings.identity_source:
        raise _bad(
            "identity_bridge_source",
            "user_resolve_method 'identity_bridge', the default, needs it, such as 'isd:example'",
        )


def _bad(key: str, why: str) -> ValueError:
    return ValueError(f"backend_settings.{key}: {why}")


def _text(raw: Mapping[str, object], key: str) -> str:
    value = raw.get(key)
    return "" if value is None else str(value).strip()


def _required(raw: Mapping[str, object], key: str) -> str:
    text = _text(raw, key)
    if not text:
        raise _bad(key, "it is missing")
    return text


def _uuid(raw: Mapping[str, object], key: str) -> UUID:
    text = _required(raw, key)
    try:
        return UUID(text)
    except ValueError:
        raise _bad(key, f"{text!r} is not a UUID") from None


def _choice(raw: Mapping[str, object], key: str, default: Choice) -> Choice:
    text = _text(raw, key)
    try:
        return type(default)(text) if text else default
    except ValueError:
        *others, last = type(default)
        raise _bad(key, f"{text!r} is not one of {', '.join(others)} and {last}") from None


def _flag(raw: Mapping[str, object], key: str, *, default: bool) -> bool:
    value = _optional_flag(raw, key)
    return default if value is None else value


def _optional_flag(raw: Mapping[str, object], key: str) -> bool | None:
    value = raw.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise _bad(key, f"{value!r} is neither true nor false")


def _port(raw: Mapping[str, object], key: str) -> int | None:
    value = raw.get(key)
    if value is None or (isinstance(value, int) and 0 < value <= HIGHEST_PORT):
        return value
    raise _bad(key, f"{value!r} is not a port")


def _seconds(raw: Mapping[str, object], key: str, default: float) -> float:
    value = raw.get(key)
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    raise _bad(key, f"{value!r} is not a number of seconds above 0")


def _names(raw: Mapping[str, object], key: str) -> dict[str, str]:
    value = raw.get(key) or {}
    if not isinstance(value, Mapping):
        raise _bad(key, "a mapping of names is expected")
    return {str(name).strip(): str(other).strip() for name, other in value.items()}


def _list(raw: Mapping[str, object], key: str) -> list[object]:
    value = raw.get(key) or []
    if isinstance(value, list | tuple):
        return list(value)
    raise _bad(key, "a list is expected")
