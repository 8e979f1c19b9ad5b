"""Making a plugin's backend for an offering, with the calls of the 1.x contract."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar

from waldur_site_agent.config.secrets import redact
from waldur_site_agent.plugins.discovery import names
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import Group, Role, setting_of
from waldur_site_agent.plugins.loading import Loaded, load_backend, load_username_backend
from waldur_site_agent.plugins.marks import secrets_of
from waldur_site_agent.plugins.seeing import trace_hooks, watch_hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent.backend.backends import (
        AbstractUsernameManagementBackend,
        BaseBackend,
    )
    from waldur_site_agent.config.models import Offering

T = TypeVar("T")

DEFAULT_USERNAME_BACKEND = "base"
"""Names nobody. Where it is not installed, the agent's own stands in, which does the same."""


def build_backend(
    offering: Offering, role: Role, components: Mapping[str, Mapping[str, Any]] | None = None
) -> BaseBackend:
    """Make the backend that an offering names for a role.

    Called as ``Class(backend_settings, components)``, with copies of its own.

    Args:
        offering: with effective settings, as ``configured.load`` gives it.
        role: decides which of the offering's backends it is.
        components: by name, as plain values; without them, those of the offering.

    Raises:
        PluginError: none is named, it does not load, or it refuses its settings.
    """
    name = getattr(offering, setting_of(role))
    if not name:
        raise PluginError(f'the offering "{offering.name}" names no {setting_of(role)}')
    plugin = load_backend(name)
    given = offering.backend_components_dict if components is None else components
    own = {key: copy.deepcopy(dict(component)) for key, component in given.items()}
    return _made(plugin, offering, lambda cls: cls(offering.backend_settings, own))


def build_username_backend(offering: Offering) -> AbstractUsernameManagementBackend:
    """Make the backend that names an offering's users.

    Called as ``Class(backend_settings=…, offering=…)``. Where the offering names none, or the
    default one is not installed, nobody is named.

    Raises:
        PluginError: it is not installed, does not load, or refuses its settings.
    """
    name = offering.username_management_backend
    if names_nobody(name):
        from waldur_site_agent.backend.backends import (  # noqa: PLC0415 - only who builds pays
            UnknownUsernameManagementBackend,
        )

        return UnknownUsernameManagementBackend(offering.backend_settings, offering)
    plugin = load_username_backend(name)
    return _made(
        plugin,
        offering,
        lambda cls: cls(backend_settings=offering.backend_settings, offering=offering),
    )


def names_nobody(name: str) -> bool:
    """Whether no plugin is needed for a username backend: none is named, or only the default."""
    missing = name == DEFAULT_USERNAME_BACKEND and name not in names(Group.USERNAME_BACKENDS)
    return not name or missing


def _made(plugin: Loaded[T], offering: Offering, make: Callable[[type[T]], T]) -> T:
    try:
        made = make(plugin.cls)
    except (Exception, SystemExit) as error:
        # A plugin's constructor runs its own code: anything may come out of it.
        said = redact(str(error), secrets_of(offering)) or "no reason given"
        raise PluginError(
            f'the plugin "{plugin.name}" of {plugin.distribution} {plugin.version} refuses its '
            f"settings: {type(error).__name__}: {said}"
        ) from error
    if trace_hooks():
        watch_hooks(made, plugin.name)
    return made
