"""Describing the installed plugins, also those that do not load."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict

from waldur_site_agent.plugins.discovery import Installed, installed
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import Group, Role
from waldur_site_agent.plugins.loading import (
    load_backend,
    load_component_schema,
    load_settings_schema,
    load_username_backend,
)
from waldur_site_agent.plugins.roles import capabilities_of, roles_of


class DescriptionObject(TypedDict):
    """A description as JSON."""

    kind: str
    name: str
    distribution: str
    version: str
    entry_point: str
    roles: list[str]
    roles_declared: bool
    capabilities: list[str]
    unsupported_states: list[str]
    error: str


@dataclass(frozen=True, kw_only=True)
class Description:
    """One entry point of a plugin.

    Attributes:
        kind: ``backend``, ``username backend``, ``settings schema`` or ``component schema``.
        entry_point: ``module:name``.
        roles: what a backend is for; declared by itself, or guessed from the hooks it overrides.
        capabilities: the flags of the contract that it sets.
        unsupported_states: states into which it can bring no resource.
        error: why it does not load; empty when it does.
    """

    kind: str
    name: str
    distribution: str
    version: str
    entry_point: str
    roles: tuple[str, ...] = ()
    roles_declared: bool = False
    capabilities: tuple[str, ...] = ()
    unsupported_states: tuple[str, ...] = ()
    error: str = ""

    def to_json(self) -> DescriptionObject:
        """All of it as a JSON object."""
        return DescriptionObject(
            kind=self.kind,
            name=self.name,
            distribution=self.distribution,
            version=self.version,
            entry_point=self.entry_point,
            roles=list(self.roles),
            roles_declared=self.roles_declared,
            capabilities=list(self.capabilities),
            unsupported_states=list(self.unsupported_states),
            error=self.error,
        )


def describe_installed() -> tuple[Description, ...]:
    """Import every installed plugin, and describe it. One that fails stops no other."""
    return tuple(describe(one) for group in Group for one in installed(group))


def describe(one: Installed) -> Description:
    """Import one plugin, and describe it; why it does not load is part of that."""
    described = Description(
        kind=one.group.noun,
        name=one.name,
        distribution=one.distribution,
        version=one.version,
        entry_point=one.entry_point.value,
    )
    try:
        return _DESCRIBERS[one.group](described)
    except PluginError as error:
        return replace(described, error=str(error))


def _with_backend(described: Description) -> Description:
    cls = load_backend(described.name).cls
    roles = roles_of(cls)
    return replace(
        described,
        roles=tuple(role.value for role in Role if role in roles.roles),
        roles_declared=roles.declared,
        capabilities=capabilities_of(cls),
        unsupported_states=tuple(sorted(cls.unsupported_states)),
    )


def _with_username_backend(described: Description) -> Description:
    load_username_backend(described.name)
    return described


def _with_settings_schema(described: Description) -> Description:
    load_settings_schema(described.name)
    return described


def _with_component_schema(described: Description) -> Description:
    load_component_schema(described.name)
    return described


_DESCRIBERS = {
    Group.BACKENDS: _with_backend,
    Group.USERNAME_BACKENDS: _with_username_backend,
    Group.SETTINGS_SCHEMAS: _with_settings_schema,
    Group.COMPONENT_SCHEMAS: _with_component_schema,
}
