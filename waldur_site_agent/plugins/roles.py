"""What a backend can be used for, and what it can do, as far as its class tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.plugins.groups import Role

if TYPE_CHECKING:
    from waldur_site_agent.backend.backends import BaseBackend

CONTRACT = "waldur_site_agent.backend."

_HOOKS = {
    Role.ORDER_PROCESSING: (
        "_pre_create_resource",
        "_collect_resource_limits",
        "create_resource_with_id",
        "create_resource",
    ),
    Role.MEMBERSHIP_SYNC: (
        "add_user",
        "add_users_to_resource",
        "remove_user",
        "pull_resources",
        "pull_resource",
        "_pull_backend_resource",
        "downscale_resource",
    ),
    Role.REPORTING: ("_get_usage_report", "get_usage_report_for_period"),
}
"""Hooks whose overriding tells a role, for plugins that declare none."""


@dataclass(frozen=True, kw_only=True)
class BackendRoles:
    """A backend's roles; ``declared`` by itself, or guessed from the hooks that it overrides."""

    roles: frozenset[Role]
    declared: bool


def roles_of(cls: type[BaseBackend]) -> BackendRoles:
    """Tell a backend's roles without making one."""
    if _is_own(cls, "supported_roles"):
        declared = {getattr(role, "value", role) for role in cls.supported_roles}
        return BackendRoles(
            roles=frozenset(role for role in Role if role.value in declared), declared=True
        )
    guessed = (role for role, hooks in _HOOKS.items() if any(_is_own(cls, hook) for hook in hooks))
    return BackendRoles(roles=frozenset(guessed), declared=False)


def capabilities_of(cls: type[BaseBackend]) -> tuple[str, ...]:
    """The flags of the contract that a class switches on, by name; not those that are on anyway."""
    from waldur_site_agent.backend.hooks.capabilities import (  # noqa: PLC0415 - only who asks pays
        Capabilities,
    )

    flags = sorted(name for name, value in vars(Capabilities).items() if value is False)
    return tuple(flag for flag in flags if getattr(cls, flag, False) is True)


def _is_own(cls: type, name: str) -> bool:
    """Whether a class defines a member that is not the contract's own."""
    owner = next((base for base in cls.__mro__ if name in base.__dict__), None)
    return owner is not None and not f"{owner.__module__}.".startswith(CONTRACT)
