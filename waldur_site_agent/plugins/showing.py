"""Effective settings as plain values, without their secrets."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretBytes, SecretStr

from waldur_site_agent.config.models import AgentConfiguration
from waldur_site_agent.config.secrets import HIDDEN, hidden
from waldur_site_agent.config.source import OFFERINGS
from waldur_site_agent.plugins.marks import marked, marked_in_offering

if TYPE_CHECKING:
    from waldur_site_agent.plugins.configured import Configured


def shown(configured: Configured) -> dict[str, Any]:
    """Write settings as YAML or JSON would have them, in the order of the reference.

    Hidden is what has a secret's name, what a schema marks as secret, and what came from outside
    the file.
    """
    values: dict[str, Any] = configured.configuration.model_dump(by_alias=True)
    sealed = {*configured.source.yaml.sealed, *marked(AgentConfiguration, values)}
    for position, offering in enumerate(configured.configuration.offerings):
        sealed |= {(OFFERINGS, position, *path) for path in marked_in_offering(offering)}
        values[OFFERINGS][position]["backend_components"] = offering.backend_components_dict
    offerings = values.pop(OFFERINGS)
    without_secrets: dict[str, Any] = plain(hidden({**values, OFFERINGS: offerings}, sealed=sealed))
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
