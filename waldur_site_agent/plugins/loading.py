"""Importing plugins, one at a time, when they are asked for."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from waldur_site_agent.config.values import did_you_mean
from waldur_site_agent.plugins import lazy_packages
from waldur_site_agent.plugins.discovery import Installed, installed, names
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import Group

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from waldur_site_agent.backend.backends import (
        AbstractUsernameManagementBackend,
        BaseBackend,
    )
    from waldur_site_agent.config.plugin_schemas import (
        PluginBackendSettingsSchema,
        PluginComponentSchema,
    )

T = TypeVar("T")

AGENT = "waldur_site_agent"
"""The core's package; those of plugins have names of their own."""


@dataclass(frozen=True, kw_only=True)
class Loaded(Generic[T]):
    """A plugin's class, and where it came from."""

    cls: type[T]
    name: str
    distribution: str
    version: str


LoadedPlugin: TypeAlias = Loaded["BaseBackend"]
LoadedUsernamePlugin: TypeAlias = Loaded["AbstractUsernameManagementBackend"]


@dataclass(frozen=True, kw_only=True)
class Schemas:
    """The settings schemas of a backend type; None where its plugin has none."""

    settings: type[PluginBackendSettingsSchema] | None = None
    component: type[PluginComponentSchema] | None = None


def load_backend(name: str) -> LoadedPlugin:
    """Import a backend's class.

    Raises:
        PluginError: there is none of that name, or it does not load, or it is no backend.
    """
    from waldur_site_agent.backend.backends import BaseBackend  # noqa: PLC0415 - only who loads pays

    return _loaded(find(Group.BACKENDS, name), BaseBackend)  # type: ignore[type-abstract]  # only compared with


def load_username_backend(name: str) -> LoadedUsernamePlugin:
    """Import a username backend's class.

    Raises:
        PluginError: there is none of that name, or it does not load, or it is no such backend.
    """
    from waldur_site_agent.backend.backends import (  # noqa: PLC0415 - only who loads pays
        AbstractUsernameManagementBackend,
    )

    one = find(Group.USERNAME_BACKENDS, name)
    return _loaded(one, AbstractUsernameManagementBackend)  # type: ignore[type-abstract]  # likewise


def load_schemas(backend_type: str) -> Schemas:
    """Import the settings schemas that are registered for a backend type.

    Raises:
        PluginError: one does not load, or is no schema.
    """
    return Schemas(
        settings=load_settings_schema(backend_type), component=load_component_schema(backend_type)
    )


def load_settings_schema(backend_type: str) -> type[PluginBackendSettingsSchema] | None:
    """Import the schema for ``backend_settings``; None when the backend type has none.

    Raises:
        PluginError: it does not load, or is no schema.
    """
    from waldur_site_agent.config.plugin_schemas import (  # noqa: PLC0415 - only who loads pays
        PluginBackendSettingsSchema,
    )

    return _schema(Group.SETTINGS_SCHEMAS, backend_type, PluginBackendSettingsSchema)


def load_component_schema(backend_type: str) -> type[PluginComponentSchema] | None:
    """Import the schema for a component's own keys; None when the backend type has none.

    Raises:
        PluginError: it does not load, or is no schema.
    """
    from waldur_site_agent.config.plugin_schemas import (  # noqa: PLC0415 - only who loads pays
        PluginComponentSchema,
    )

    return _schema(Group.COMPONENT_SCHEMAS, backend_type, PluginComponentSchema)


def find(group: Group, name: str) -> Installed:
    """Find the one entry point of a name. Nothing is imported.

    Raises:
        PluginError: there is none, or there are several.
    """
    match [one for one in installed(group) if one.name == name]:
        case [one]:
            return one
        case []:
            raise _unknown(group, name)
        case several:
            raise PluginError(
                f'the {group.noun} "{name}" is provided by '
                + " and by ".join(f"{one.distribution} {one.version}" for one in several),
                expected="one distribution that provides it",
                hint="Uninstall one of them.",
            )


def load_entry_point(one: Installed) -> object:
    """Import what an entry point names.

    Raises:
        PluginError: it does not load. Whatever a plugin's module raises ends up here.
    """
    lazy_packages.install()
    try:
        return one.entry_point.load()
    except (Exception, SystemExit) as error:
        # A plugin's module runs its own code: anything may come out of it.
        raise PluginError(
            f"{one} does not load: {_cause(error)}",
            expected="a plugin that loads",
            hint=_import_hint(error, one),
        ) from error


def _loaded(one: Installed, base: type[T]) -> Loaded[T]:
    cls = load_class(one, base)
    missing = sorted(getattr(cls, "__abstractmethods__", ()))
    if missing:
        raise PluginError(
            f"{one} does not implement {', '.join(missing)}",
            expected=f"all of what {base.__name__} asks for",
        )
    return Loaded(cls=cls, name=one.name, distribution=one.distribution, version=one.version)


def load_class(one: Installed, base: type[T]) -> type[T]:
    """Import the class that an entry point names.

    Raises:
        PluginError: it does not load, or is no subclass of what the group asks for.
    """
    plugin = load_entry_point(one)
    if inspect.isclass(plugin) and issubclass(plugin, base):
        return plugin
    kind = f"the class {plugin.__qualname__}" if inspect.isclass(plugin) else type(plugin).__name__
    raise PluginError(
        f"{one} is no {one.group.noun}: it is {kind}",
        expected=f"a subclass of {base.__module__}.{base.__qualname__}",
    )


def _schema(group: Group, backend_type: str, base: type[T]) -> type[T] | None:
    if backend_type not in names(group):
        return None
    return load_class(find(group, backend_type), base)


def _unknown(group: Group, name: str) -> PluginError:
    known = names(group)
    there = f"Installed: {', '.join(known)}." if known else "None is installed."
    return PluginError(
        f'no installed distribution provides the {group.noun} "{name}"',
        expected=f"the name of an installed {group.noun}",
        hint=" ".join(filter(None, (did_you_mean(name, known), there))),
    )


def _cause(error: BaseException) -> str:
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__


def _import_hint(error: BaseException, one: Installed) -> str:
    module = (error.name or "") if isinstance(error, ImportError) else ""
    if module.split(".")[0] == AGENT:
        return f"This version of {one.distribution} is made for another version of the agent."
    if _is_missing(error, one.entry_point):
        return (
            f"The entry points of {one.distribution} name what it does not have. While you write "
            "it, pip install -e . reads them anew."
        )
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"Install what provides {error.name}, or another version of {one.distribution}."
    return f"Another version of {one.distribution} may help; the fault is in there."


def _is_missing(error: BaseException, entry_point: EntryPoint) -> bool:
    """Whether it is the entry point's own module, or its object, that is not there."""
    match error:
        case ModuleNotFoundError(name=str(name)):
            return f"{entry_point.module}.".startswith(f"{name}.")
        case AttributeError(name=str(name), obj=obj):
            return name == entry_point.attr and inspect.ismodule(obj)
    return False
