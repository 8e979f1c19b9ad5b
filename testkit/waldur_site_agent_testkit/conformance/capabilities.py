"""What a backend can do, and how it says so: rules are grouped by capability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.backend import overriding
from waldur_site_agent.backend.backends import BackendRole, BaseBackend
from waldur_site_agent.orders.naming import reserves_ids

if TYPE_CHECKING:
    from collections.abc import Callable


def _always(_backend: BaseBackend) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Capability:
    """One capability.

    Attributes:
        title: how reports call it.
        declared_by: how a plugin declares it; empty for what every backend has.
        is_declared: whether a backend does.
    """

    title: str
    declared_by: str = ""
    is_declared: Callable[[BaseBackend], bool] = _always


def _flag(title: str, flag: str) -> Capability:
    return Capability(
        title=title,
        declared_by=f"`{flag}`",
        is_declared=lambda backend: bool(getattr(backend, flag)),
    )


def _role(title: str, role: BackendRole, *, unless: str = "") -> Capability:
    return Capability(
        title=title,
        declared_by=f"`{role.value}` in `supported_roles`",
        is_declared=lambda backend: (
            role in backend.supported_roles and not (unless and getattr(backend, unless))
        ),
    )


def _hook(title: str, hook: str) -> Capability:
    """Declared by making a hook one's own, on the backend or on its client."""
    return Capability(
        title=title, declared_by=f"`{hook}`", is_declared=lambda backend: has_own(backend, hook)
    )


def has_own(backend: BaseBackend, hook: str) -> bool:
    """Whether a hook is the plugin's own, on the backend or, of the same name, on the client."""
    return any(
        hasattr(one, hook) and overriding.overrides(one, hook) for one in (backend, backend.client)
    )


LIFE = Capability(title="Sign of life")
SETTINGS = Capability(title="Settings")
CLAIMS = Capability(title="Claims")
READING = Capability(title="Reading")
SIDE_BY_SIDE = Capability(title="Processes side by side")
STATES = Capability(title="States")
PRIVACY = Capability(title="Secrets and personal data")
ORDERS = _role("Orders", BackendRole.ORDER_PROCESSING)
MEMBERS = _role("Members", BackendRole.MEMBERSHIP_SYNC, unless="skip_resource_team_diff")
USAGE = _role("Usage", BackendRole.REPORTING)
OWN_IDS = Capability(
    title="Ids that the agent chooses",
    declared_by="`reserves_backend_ids`",
    is_declared=reserves_ids,
)
LIMITS = _hook("Limits that can be read", "get_resource_limits")
USER_LIMITS = _hook("Limits of single members", "set_resource_user_limits")
STATUS = _hook("States that can be told", "get_resource_status")
IMPORTS = _hook("Listing, for imports", "list_resources")
HISTORY = Capability(
    title="Usage of past months",
    declared_by="`get_usage_report_for_period` or `measure_usage`",
    is_declared=lambda backend: (
        has_own(backend, "get_usage_report_for_period") or has_own(backend, "measure_usage")
    ),
)
DAILY = _flag("Usage by day", "supports_daily_usage")
PREFLIGHT = _flag("Preflight", "supports_cycle_preflight")
HOMES = _flag("Home directories", "supports_user_homedirs")
KEYS = _flag("API keys", "supports_resource_api_keys")
REMOTE_ORDERS = _flag("Remote orders", "supports_async_orders")
PERIODIC = _flag("Periodic settings", "supports_periodic_settings")
DECISIONS = _hook("Decisions about orders", "evaluate_pending_order")
ATTRIBUTES = _hook("Attributes of update orders", "update_resource_attributes")
PROFILES = _hook("Profiles of members", "update_user_attributes")
OWN_USERNAMES = _hook("Usernames of the backend's own", "sync_offering_user_usernames")
STATUS_REPORT = _hook("Reports of membership", "get_membership_sync_report")
