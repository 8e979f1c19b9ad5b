"""The configuration as JSON Schema (draft 2020-12), for editors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from waldur_site_agent.config.components import BackendComponent
from waldur_site_agent.config.core_settings import CoreBackendSettings
from waldur_site_agent.config.models import (
    AgentConfiguration,
    LogShipping,
    Offering,
    RemovalLimits,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

_PREFIX = "#/$defs/"

ROLE_KEYS = ("order_processing_backend", "membership_sync_backend", "reporting_backend")


@dataclass(frozen=True, kw_only=True)
class PluginSchemas:
    """What is installed, as far as the configuration's schema is concerned.

    Attributes:
        settings: by backend type, the schema of ``backend_settings``.
        components: by backend type, the schema of a component's own keys.
        backends: names of backends.
        username_backends: names of username backends.
    """

    settings: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    components: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    backends: Sequence[str] = ()
    username_backends: Sequence[str] = ()


def json_schema(plugins: PluginSchemas) -> dict[str, Any]:
    """Describe the whole file. Unknown keys are refused where the agent warns about them."""
    definitions = _Definitions(plugins)
    root = definitions.of(AgentConfiguration)
    offering = definitions.of(Offering)
    offering["allOf"] = [*_settings_by_type(plugins, definitions)]
    offering["allOf"] += _components_by_type(plugins, definitions)
    _name_plugins(offering["properties"], plugins)
    _close(root, offering, definitions.of(LogShipping), definitions.of(RemovalLimits))
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "Waldur Site Agent",
        **{key: value for key, value in root.items() if key != "title"},
        "$defs": definitions.but(AgentConfiguration),
    }


class _Definitions:
    """The schemas of all models, each by its reference."""

    def __init__(self, plugins: PluginSchemas) -> None:
        models: list[type[BaseModel]] = [
            AgentConfiguration,
            Offering,
            LogShipping,
            RemovalLimits,
            BackendComponent,
            CoreBackendSettings,
            *plugins.settings.values(),
            *plugins.components.values(),
        ]
        self._references, schema = models_json_schema(
            [(model, "validation") for model in dict.fromkeys(models)],
            ref_template=f"{_PREFIX}{{model}}",
        )
        self._schemas: dict[str, Any] = schema["$defs"]

    def of(self, model: type[BaseModel]) -> dict[str, Any]:
        found: dict[str, Any] = self._schemas[self._name(model)]
        return found

    def but(self, model: type[BaseModel]) -> dict[str, Any]:
        return {k: v for k, v in self._schemas.items() if k != self._name(model)}

    def _name(self, model: type[BaseModel]) -> str:
        reference: str = self._references[model, "validation"]["$ref"]
        return reference.removeprefix(_PREFIX)


def _settings_by_type(
    plugins: PluginSchemas, definitions: _Definitions
) -> Iterator[dict[str, Any]]:
    core = definitions.of(CoreBackendSettings)
    for backend_type, model in plugins.settings.items():
        yield _where(backend_type, "backend_settings", _joined(definitions.of(model), core))


def _components_by_type(
    plugins: PluginSchemas, definitions: _Definitions
) -> Iterator[dict[str, Any]]:
    core = definitions.of(BackendComponent)
    for backend_type, model in plugins.components.items():
        component = _joined(definitions.of(model), core)
        required = [*core["required"], *component.get("required", ())]
        component["required"] = list(dict.fromkeys(required))
        yield _where(backend_type, "backend_components", {"additionalProperties": component})


def _name_plugins(properties: dict[str, Any], plugins: PluginSchemas) -> None:
    """Offer the names of what is installed."""
    for key in ROLE_KEYS:
        properties[key]["enum"] = ["", *plugins.backends]
    properties["username_management_backend"]["enum"] = list(
        dict.fromkeys(["", "base", *plugins.username_backends])
    )


def _where(backend_type: str, key: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Say what a key is for offerings of one backend type."""
    return {
        "if": {
            "properties": {"backend_type": {"const": backend_type}},
            "required": ["backend_type"],
        },
        "then": {"properties": {key: schema}},
    }


def _joined(plugin: dict[str, Any], core: dict[str, Any]) -> dict[str, Any]:
    """A plugin's schema with the core's keys in it; where both know a key, the plugin's wins."""
    return {**plugin, "properties": {**core.get("properties", {}), **plugin.get("properties", {})}}


def _close(*objects: dict[str, Any]) -> None:
    for schema in objects:
        schema["additionalProperties"] = False
