"""Hearing the other Waldurs that serve an offering, where a backend names one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.hooks.events import EventHooks
from waldur_site_agent.plugins.building import build_backend
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.waldur.connection import ConnectionSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.backend.structures import RemoteWaldur
    from waldur_site_agent.runtime.tasks import Assignment

logger = structlog.get_logger(__name__)


def remote_waldurs(assignment: Assignment) -> Iterator[RemoteWaldur]:
    """The other Waldurs that an offering's backends name, each once.

    A plugin that refuses its settings names none: the looks tell that.
    """
    named = set()
    for role, plugin in assignment.plugins.items():
        if plugin.cls.remote_events is EventHooks.remote_events:
            continue
        try:
            remote = build_backend(assignment.offering, role).remote_events()
        except PluginError as error:
            logger.warning(
                "events.remote_unknown", offering=assignment.offering.name, why=str(error)
            )
            continue
        if remote is not None and remote not in named:
            named.add(remote)
            yield remote


def remote_connection(remote: RemoteWaldur, *, user_agent: str) -> ConnectionSettings:
    """How another Waldur is reached.

    Raises:
        ValueError: its address is none.
    """
    return ConnectionSettings(
        api_url=remote.api_url,
        token=remote.token,
        verify_ssl=remote.verify_ssl,
        ca_bundle=remote.ca_bundle,
        proxy=remote.proxy,
        timeout_seconds=remote.timeout_seconds,
        user_agent=user_agent,
    )
