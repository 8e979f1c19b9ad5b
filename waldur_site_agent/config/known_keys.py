"""Keys that no setting has: typing errors, and settings of older agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.config.core_settings import CORE_KEYS
from waldur_site_agent.config.findings import Finding
from waldur_site_agent.config.models import (
    AgentConfiguration,
    LogShipping,
    Offering,
    RemovalLimits,
)
from waldur_site_agent.config.problems import Severity
from waldur_site_agent.config.source import OFFERINGS
from waldur_site_agent.config.values import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from waldur_site_agent.config.findings import KeyPath
    from waldur_site_agent.config.source import Source

GONE = {
    "mqtt_enabled": "Events over MQTT are gone; stomp_enabled has events over STOMP.",
    "websocket_use_mqtt": "Events over MQTT are gone; stomp_enabled has events over STOMP.",
    "waldur_site_agent_mode": "The mode is given on the command line: -m MODE.",
}
"""What older agents had, and what to do now."""


def keys_of(model: type[BaseModel]) -> frozenset[str]:
    """A model's keys as they are written in the file."""
    return frozenset(field.alias or name for name, field in model.model_fields.items())


ROOT_KEYS = keys_of(AgentConfiguration)
OFFERING_KEYS = keys_of(Offering)
LOG_SHIPPING_KEYS = keys_of(LogShipping)
REMOVAL_LIMITS_KEYS = keys_of(RemovalLimits)


def unknown_keys(source: Source) -> Iterator[Finding]:
    """Find the keys that nothing reads, in the parts of the file that are the core's."""
    tree = source.tree
    yield from _unknown(tree, (), ROOT_KEYS)
    yield from _unknown(tree.get("log_shipping"), ("log_shipping",), LOG_SHIPPING_KEYS)
    offerings = tree.get(OFFERINGS)
    for position, offering in enumerate(offerings if isinstance(offerings, list) else []):
        yield from _unknown(offering, (OFFERINGS, position), OFFERING_KEYS)
        if isinstance(offering, dict):
            path = (OFFERINGS, position, "removal_limits")
            yield from _unknown(offering.get("removal_limits"), path, REMOVAL_LIMITS_KEYS)


def unknown_key(path: KeyPath, known: frozenset[str] | Mapping[str, object]) -> Finding:
    """Tell that nothing reads a key: a warning, and a failure of ``config check``."""
    key = path[-1]
    gone = GONE.get(key) if isinstance(key, str) else None
    return Finding(
        path=path,
        found="a key that older agents had" if gone else "an unknown key, which has no effect",
        hint=gone or did_you_mean(key, frozenset(known)) or _elsewhere(key, path),
        severity=Severity.WARNING,
    )


def _unknown(mapping: object, path: KeyPath, known: frozenset[str]) -> Iterator[Finding]:
    for key in mapping if isinstance(mapping, dict) else ():
        if key not in known:
            yield unknown_key((*path, key), known)


def _elsewhere(key: object, path: KeyPath) -> str:
    """Say where a key belongs that stands in the wrong place."""
    if key in CORE_KEYS:
        return "It belongs into backend_settings."
    if key in OFFERING_KEYS and path[0] != OFFERINGS:
        return "It belongs into an offering."
    if key in ROOT_KEYS and path[0] == OFFERINGS:
        return "It belongs to the root of the file, not into an offering."
    return ""
