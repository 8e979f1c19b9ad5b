"""Effective settings as plain values, without their secrets."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretBytes, SecretStr

from waldur_site_agent.config.models import AgentConfiguration, Offering
from waldur_site_agent.config.secrets import HIDDEN, hidden
from waldur_site_agent.config.source import OFFERINGS
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.loading import load_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.config.findings import KeyPath
    from waldur_site_agent.plugins.configured import Configured


def shown(configured: Configured) -> dict[str, Any]:
    """Write settings as YAML or JSON would have them, in the order of the reference.

    Hidden is what has a secret's name, what a schema marks as secret, and what came from outside
    the file.
    """
    sealed = {*configured.source.yaml.sealed, *_marked(AgentConfiguration, ())}
    values: dict[str, Any] = configured.configuration.model_dump(by_alias=True)
    for position, offering in enumerate(configured.configuration.offerings):
        path = (OFFERINGS, position)
        sealed |= set(_marked_settings(offering, (*path, "backend_settings")))
        values[OFFERINGS][position]["backend_components"] = offering.backend_components_dict
    offerings = values.pop(OFFERINGS)
    without_secrets: dict[str, Any] = hidden(plain({**values, OFFERINGS: offerings}), sealed=sealed)
    return without_secrets


def plain(value: Any) -> Any:
    """Turn what schemas make of values into what YAML and JSON know."""
    match value:
        case Enum():
            return plain(value.value)
        case BaseModel():
            return plain(value.model_dump())
        case dict():
            return {str(plain(key)): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case _:
            return _leaf(value)


def _leaf(value: Any) -> Any:
    if isinstance(value, (SecretStr, SecretBytes)):
        return HIDDEN
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _marked_settings(offering: Offering, path: KeyPath) -> Iterator[KeyPath]:
    try:
        schema = load_schemas(offering.backend_type).settings
    except PluginError:
        return
    if schema is not None:
        yield from _marked(schema, path)


def _marked(model: type[BaseModel], path: KeyPath) -> Iterator[KeyPath]:
    """Paths of the fields that a schema marks with ``json_schema_extra={"secret": True}``."""
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("secret"):
            yield (*path, name)
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _marked(kind, (*path, name))
