"""The entry-point groups of plugins, and the roles that offerings give them."""

from __future__ import annotations

from enum import StrEnum

from waldur_site_agent.backend.structures import BackendRole as Role

__all__ = ["SETTING_OF_USERNAMES", "Group", "Role", "setting_of"]


class Group(StrEnum):
    """Where a distribution declares what it provides; the names are those of the 1.x agent."""

    BACKENDS = "waldur_site_agent.backends"
    USERNAME_BACKENDS = "waldur_site_agent.username_management_backends"
    COMPONENT_SCHEMAS = "waldur_site_agent.component_schemas"
    SETTINGS_SCHEMAS = "waldur_site_agent.backend_settings_schemas"

    @property
    def noun(self) -> str:
        """What is in it, in words."""
        return _NOUNS[self]


_NOUNS = {
    Group.BACKENDS: "backend",
    Group.USERNAME_BACKENDS: "username backend",
    Group.COMPONENT_SCHEMAS: "component schema",
    Group.SETTINGS_SCHEMAS: "settings schema",
}

SETTING_OF_USERNAMES = "username_management_backend"
"""The offering's key that names its username backend."""


def setting_of(role: Role) -> str:
    """The offering's key that names the backend for a role."""
    return f"{role.value}_backend"
