"""Sending log lines to Waldur: each offering's under its own agent's identity, in every mode."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

import structlog

from waldur_site_agent.runtime.log_collecting import Collecting
from waldur_site_agent.runtime.log_shipment import Shipment
from waldur_site_agent.runtime.registration import Identity
from waldur_site_agent.sites.opening import connection_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.runtime.connections import Connections

logger = structlog.get_logger(__name__)

BYTES_PER_MB = 1_000_000
REQUEST_SECONDS = 10.0
"""How long one request may take: Waldur's being slow must not keep other offerings waiting."""
FLUSH_SECONDS = 3.0
"""How long the end waits for the last lines."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How lines are collected and sent.

    Attributes:
        level: what is sent: this and worse.
        with_tracebacks: whether an exception's traceback is sent with its line.
        interval_seconds: how often.
        flush_seconds: how long the end waits for the last lines.
    """

    level: str
    with_tracebacks: bool
    interval_seconds: float
    flush_seconds: float = FLUSH_SECONDS


class LogShipping:
    """The one thread that sends lines. As a context manager, it sends the last ones at the end."""

    def __init__(self, shipments: Sequence[Shipment], terms: Terms) -> None:
        """Collect nothing yet."""
        self._shipments = shipments
        self._terms = terms
        self._ending = threading.Event()
        self._deadline = float("inf")
        self._thread = threading.Thread(target=self._run, name="log-shipping", daemon=True)
        self._handler = Collecting(
            {one.name: one.buffer for one in shipments},
            level=terms.level,
            with_tracebacks=terms.with_tracebacks,
        )

    def __enter__(self) -> Self:
        """Collect, and send from time to time."""
        logging.getLogger().addHandler(self._handler)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Send what is left, for as long as there is time."""
        logging.getLogger().removeHandler(self._handler)
        self._deadline = time.monotonic() + self._terms.flush_seconds
        self._ending.set()
        self._thread.join(self._terms.flush_seconds)
        left = sum(len(one.buffer) for one in self._shipments)
        if left:
            logger.warning("log_shipping.left", lines=left, consequence="they are in the log only")

    def _run(self) -> None:
        while not self._ending.wait(self._terms.interval_seconds):
            self._ship()
        self._ship()
        for one in self._shipments:
            one.close()

    def _ship(self) -> None:
        for one in self._shipments:
            try:
                one.ship(goes_on=lambda: time.monotonic() < self._deadline)
            except Exception:
                # A defect about one offering's lines must not end the others' sending.
                logger.exception("log_shipping.crashed", offering=one.name)


def log_shipping(
    configuration: AgentConfiguration,
    offerings: Iterable[Offering],
    connections: Connections,
    *,
    mode: str,
    version: str,
) -> LogShipping:
    """Make the shipping that is configured, for the offerings that this process works on."""
    settings = configuration.log_shipping
    made = partial(_shipment, configuration, connections, mode=mode, version=version)
    shipments = [made(offering) for offering in offerings]
    terms = Terms(
        level=settings.log_level,
        with_tracebacks=configuration.expose_backend_error_details,
        interval_seconds=settings.ship_interval_seconds,
    )
    return LogShipping(shipments, terms)


def _shipment(
    configuration: AgentConfiguration,
    connections: Connections,
    offering: Offering,
    *,
    mode: str,
    version: str,
) -> Shipment:
    user_agent = f"waldur-site-agent-{mode}/{version}"
    settings = connection_settings(offering, configuration, user_agent=user_agent)
    waldur = connections.take(settings).with_patience(
        timeout_seconds=min(REQUEST_SECONDS, settings.timeout_seconds), retries=settings.retries
    )
    return Shipment(
        offering.name,
        waldur,
        Identity(waldur, offering.waldur_offering_uuid, version=version),
        most_bytes=configuration.log_shipping.buffer_size_mb * BYTES_PER_MB,
        release=partial(connections.give_back, settings),
    )
