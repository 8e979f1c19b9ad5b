"""Whether the plugins that an offering names are there, load, and do what they are named for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.config.findings import Finding
from waldur_site_agent.config.problems import Severity
from waldur_site_agent.config.values import did_you_mean
from waldur_site_agent.plugins.building import names_nobody
from waldur_site_agent.plugins.discovery import names
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import SETTING_OF_USERNAMES, Group, Role, setting_of
from waldur_site_agent.plugins.loading import find, load_backend, load_username_backend
from waldur_site_agent.plugins.roles import roles_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from waldur_site_agent.config.findings import KeyPath
    from waldur_site_agent.config.models import Offering

NAMING_ROLES = frozenset({Role.ORDER_PROCESSING, Role.MEMBERSHIP_SYNC})
"""The roles in which users need names."""


def named_plugins_findings(
    offering: Offering, path: KeyPath, *, roles: Collection[Role], load_classes: bool
) -> list[Finding]:
    """Look at each plugin that an offering names.

    Args:
        offering: its names are looked at.
        path: where it is in the file.
        roles: what is wrong for other roles is only a warning, and their classes are not loaded.
        load_classes: import those of ``roles``.
    """
    findings: list[Finding] = [*_type_findings(offering, path)]
    for role in Role:
        played = role in roles
        findings += _backend_findings(
            offering, role, path, load=load_classes and played, played=played
        )
    played = bool(NAMING_ROLES & set(roles))
    findings += _username_findings(offering, path, load=load_classes and played, played=played)
    return findings


def _type_findings(offering: Offering, path: KeyPath) -> Iterator[Finding]:
    """Advise on a type without a plugin that looks like one with: no schema holds the settings."""
    known = {name for group in Group for name in names(group)}
    near = "" if offering.backend_type in known else did_you_mean(offering.backend_type, known)
    if near:
        yield Finding(
            path=(*path, "backend_type"),
            found=f'"{offering.backend_type}", for which no plugin is installed',
            hint=near,
            severity=Severity.WARNING,
            fails_check=False,
        )


def _backend_findings(
    offering: Offering, role: Role, path: KeyPath, *, load: bool, played: bool
) -> Iterator[Finding]:
    setting = setting_of(role)
    name = getattr(offering, setting)
    if not name:
        return
    try:
        find(Group.BACKENDS, name)
        if load:
            _refuse_other_roles(name, role)
            yield from _state_findings(name, role, (*path, setting))
    except PluginError as error:
        yield _finding((*path, setting), error, played=played)


def _state_findings(name: str, role: Role, path: KeyPath) -> Iterator[Finding]:
    """Advise on states that Waldur may ask for, and the backend does not know."""
    unknown = sorted(load_backend(name).cls.unsupported_states)
    if role is Role.MEMBERSHIP_SYNC and unknown:
        yield Finding(
            path=path,
            found=f'"{name}", by which no resource can be {" or ".join(unknown)}',
            hint="Where Waldur asks for that, the agent says so in its log and changes nothing.",
            severity=Severity.WARNING,
            fails_check=False,
        )


def _refuse_other_roles(name: str, role: Role) -> None:
    """Load a backend.

    Raises:
        PluginError: it does not load, or declares that it is for other roles.
    """
    plugin = load_backend(name)
    roles = roles_of(plugin.cls)
    if roles.declared and role not in roles.roles:
        raise PluginError(
            f'the backend "{name}" of {plugin.distribution} {plugin.version}, which is not for '
            f"{role.value}",
            expected=f"a backend for {role.value}",
            hint=f'"{name}" is for {", ".join(sorted(roles.roles)) or "nothing"}.',
        )


def _username_findings(
    offering: Offering, path: KeyPath, *, load: bool, played: bool
) -> Iterator[Finding]:
    name = offering.username_management_backend
    if names_nobody(name):
        return
    try:
        find(Group.USERNAME_BACKENDS, name)
        if load:
            load_username_backend(name)
    except PluginError as error:
        yield _finding((*path, SETTING_OF_USERNAMES), error, played=played)


def _finding(path: KeyPath, error: PluginError, *, played: bool) -> Finding:
    return Finding(
        path=path,
        found=error.found,
        expected=error.expected,
        hint=error.hint,
        severity=Severity.ERROR if played else Severity.WARNING,
    )
