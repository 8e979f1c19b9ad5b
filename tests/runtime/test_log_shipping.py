"""Which lines of the log reach Waldur, under whose identity, and what becomes of the others."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import structlog

from waldur_site_agent.runtime.log_shipment import Shipment
from waldur_site_agent.runtime.log_shipping import LogShipping, Terms
from waldur_site_agent.runtime.registration import Identity
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.logs import LogLine
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status

if TYPE_CHECKING:
    import io
    from collections.abc import Sequence

    from waldur_site_agent_testkit.mastermind.state import Offering

AT_ONCE = RetryPolicy(attempts=1, first_wait=0, longest_wait=0, jitter=0)
LOGS = "marketplace-site-agent-logs"
NEVER = 3600.0
"""Lines are sent at the end only, so that tests need not wait."""


@dataclass
class Shipping:
    """A process whose log is shipped to one or several Waldurs."""

    level: str = "WARNING"
    with_tracebacks: bool = True
    most_bytes: int = 1_000_000
    shipments: list[Shipment] = field(default_factory=list)

    def of(self, name: str, small: SmallWorld, offering: Offering | None = None) -> Shipment:
        settings = ConnectionSettings(
            api_url="https://waldur.example.org/api/", token=small.token, retries=AT_ONCE
        )
        waldur = Waldur(Transport(settings, network=transport(small.world)))
        uuid = (offering or small.offering).uuid
        identity = Identity(waldur, uuid, version="2.0.0")
        shipment = Shipment(
            name, waldur, identity, most_bytes=self.most_bytes, release=waldur.close
        )
        self.shipments.append(shipment)
        return shipment

    def begin(self) -> LogShipping:
        terms = Terms(
            level=self.level,
            with_tracebacks=self.with_tracebacks,
            interval_seconds=NEVER,
            flush_seconds=30,
        )
        return LogShipping(self.shipments, terms)


def log(offering: str = "", name: str = "plugin") -> logging.Logger:
    """A plugin's logger, in a block that is about an offering."""
    if offering:
        structlog.contextvars.bind_contextvars(offering=offering)
    else:
        structlog.contextvars.unbind_contextvars("offering")
    return logging.getLogger(name)


@pytest.fixture(autouse=True)
def _unbound() -> None:
    structlog.contextvars.clear_contextvars()


def messages(small: SmallWorld, offering: Offering | None = None) -> list[str]:
    """What Waldur has got of an offering's agent."""
    return [
        line.message
        for identity in small.world.state.identities.values()
        if identity.offering is (offering or small.offering)
        for line in identity.log
    ]


def events(stream: io.StringIO) -> list[str]:
    return [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


@pytest.mark.usefixtures("stream")
def test_each_offering_gets_its_own_lines_and_nobody_those_of_none() -> None:
    small, elsewhere = small_world(), small_world(seed=2)
    second = small.world.add_offering(small.customer, "Second", components=("cpu",))
    shipping = Shipping()
    shipping.of("A", small)
    shipping.of("B", small, second)
    shipping.of("C", elsewhere)
    with shipping.begin():
        for name in ("A", "B", "C", "unknown"):
            log(name).warning("about %s", name)
        log().warning("about nothing")

    assert messages(small) == ["about A"]
    assert messages(small, second) == ["about B"]
    assert messages(elsewhere) == ["about C"]
    assert small.world.violations == elsewhere.world.violations == []


@pytest.mark.usefixtures("stream")
def test_a_line_of_ours_with_all_that_it_says() -> None:
    small = small_world()
    shipping = Shipping()
    shipping.of("A", small)
    with shipping.begin():
        structlog.get_logger("ours").error("order.erred", offering="A", why="no room", order="ab")

    ((line,),) = [identity.log for identity in small.world.state.identities.values()]
    assert line.message == "order.erred why='no room' order=ab"
    assert (line.level, line.module) == ("ERROR", "ours")
    assert line.timestamp.tzinfo is not None


@pytest.mark.usefixtures("stream")
@pytest.mark.parametrize("with_tracebacks", [True, False])
def test_tracebacks_go_only_where_details_may(*, with_tracebacks: bool) -> None:
    small = small_world()
    shipping = Shipping(with_tracebacks=with_tracebacks)
    shipping.of("A", small)
    with shipping.begin():
        try:
            int("no")
        except ValueError:
            structlog.get_logger("ours").exception("pass.crashed", offering="A")

    (message,) = messages(small)
    assert ("ValueError: invalid literal" in message) is with_tracebacks


@pytest.mark.usefixtures("stream")
@pytest.mark.parametrize(
    ("said", "shipped"),
    [
        ("GET https://s3.example.org/?secret_key=hunter2", "secret_key=***"),
        ("user ada.lovelace@example.org was not found", "user *** was not found"),
        ("Authorization: Token 0123456789abcdef", "Authorization: Token ***"),
    ],
)
def test_secrets_and_addresses_stay_here(said: str, shipped: str) -> None:
    small = small_world()
    shipping = Shipping()
    shipping.of("A", small)
    with shipping.begin():
        log("A").warning(said)

    (message,) = messages(small)
    assert shipped in message


@pytest.mark.usefixtures("stream")
def test_a_field_whose_name_speaks_of_a_secret_is_struck_out() -> None:
    small = small_world()
    shipping = Shipping()
    shipping.of("A", small)
    with shipping.begin():
        structlog.get_logger("plugin").warning("key.made", offering="A", api_key="hunter2")

    assert messages(small) == ["key.made api_key=***"]


@pytest.mark.usefixtures("stream")
def test_lower_levels_and_lines_about_the_sending_stay_here() -> None:
    small = small_world()
    shipping = Shipping(level="ERROR")
    shipping.of("A", small)
    with shipping.begin():
        log("A").warning("too low")
        for name in (
            "httpx",
            "httpx2.client",
            "httpcore",
            "waldur_site_agent.runtime.log_shipment",
        ):
            log("A", name).error("about the sending")
        log("A").error("high enough")

    assert messages(small) == ["high enough"]


def test_nothing_is_asked_of_waldur_while_there_is_nothing_to_say(stream: io.StringIO) -> None:
    small = small_world()
    shipping = Shipping()
    shipping.of("A", small)
    with shipping.begin():
        log().warning("about nothing")

    assert small.world.calls == []
    assert events(stream) == ["about nothing"]


@pytest.mark.usefixtures("stream")
def test_lines_go_a_hundred_at_a_time_and_in_order() -> None:
    small = small_world()
    shipping = Shipping()
    shipping.of("A", small)
    with shipping.begin():
        for number in range(250):
            log("A").warning("line %d", number)

    assert messages(small) == [f"line {number}" for number in range(250)]
    assert len(sent(small)) == 3


def sent(small: SmallWorld) -> Sequence[object]:
    return [call for call in small.world.calls if LOGS in call.path]


def add(shipment: Shipment, *texts: str) -> None:
    """Have lines wait, as the collecting handler does."""
    for text in texts:
        line = LogLine(timestamp=datetime.now(UTC), level="WARNING", message=text, module="m")
        shipment.buffer.add(line)


def ship(shipment: Shipment) -> None:
    """Make one round."""
    shipment.ship(goes_on=lambda: True)


@pytest.mark.parametrize("fault", [Status(503), Status(429), DropConnection()])
def test_what_fails_waits_for_the_next_round_and_is_told_once(
    stream: io.StringIO, fault: Status | DropConnection
) -> None:
    small = small_world()
    shipment = Shipping().of("A", small)
    small.world.faults.add(match=f"*{LOGS}*", action=fault, times=2)
    add(shipment, "one", "two")
    for _ in range(2):
        ship(shipment)
        assert messages(small) == []
    add(shipment, "three")
    ship(shipment)

    assert messages(small) == ["one", "two", "three"]
    assert events(stream) == ["log_shipping.waits"]


def test_a_trouble_that_comes_back_is_told_again(stream: io.StringIO) -> None:
    small = small_world()
    shipment = Shipping().of("A", small)
    for _ in range(2):
        small.world.faults.add(match=f"*{LOGS}*", action=Status(503))
        add(shipment, "one")
        ship(shipment)
        ship(shipment)

    assert events(stream) == ["log_shipping.waits", "log_shipping.waits"]


def test_what_waldur_refuses_is_not_sent_for_ever(stream: io.StringIO) -> None:
    small = small_world()
    shipment = Shipping().of("A", small)
    small.world.faults.add(match=f"*{LOGS}*", action=Status(400), times=2)
    for text in ("one", "two", "three"):
        add(shipment, text)
        ship(shipment)

    assert messages(small) == ["three"]
    assert events(stream) == ["log_shipping.refused"]


def test_a_deleted_identity_is_made_again(stream: io.StringIO) -> None:
    small = small_world()
    shipment = Shipping().of("A", small)
    add(shipment, "one")
    ship(shipment)
    small.world.state.identities.clear()
    for text in ("two", "three"):
        add(shipment, text)
        ship(shipment)

    assert messages(small) == ["three"]
    assert events(stream) == ["log_shipping.refused"]


@pytest.mark.parametrize("lack", ["site-agent-logs", "site-agent-identities"])
def test_an_older_waldur_is_left_in_peace(stream: io.StringIO, lack: str) -> None:
    small = small_world(lacks=[lack])
    shipment = Shipping().of("A", small)
    for text in ("one", "two"):
        add(shipment, text)
        ship(shipment)
    asked = [call for call in small.world.calls if call.method == "POST"]

    assert len(shipment.buffer) == 0
    assert len([call for call in asked if LOGS in call.path]) == (lack == "site-agent-logs")
    assert events(stream) == ["log_shipping.off"]


def test_lines_that_find_no_room_are_told_once_until_there_is_room_again(
    stream: io.StringIO,
) -> None:
    small = small_world()
    shipment = Shipping(most_bytes=1_000).of("A", small)
    fault = small.world.faults.add(match=f"*{LOGS}*", action=Status(503), times=None)
    for _ in range(3):
        add(shipment, *"abcdefgh")
        ship(shipment)
    fault.cancel()
    ship(shipment)

    assert messages(small) == ["f", "g", "h"]
    assert events(stream).count("log_shipping.dropped") == 1
    add(shipment, *"ABCDEFGH")
    ship(shipment)
    assert events(stream).count("log_shipping.dropped") == 2


def test_the_end_does_not_wait_for_a_waldur_that_hangs(stream: io.StringIO) -> None:
    small, release = small_world(), threading.Event()
    small.world.on_call(lambda _call, _phase: release.wait(30) and None)
    shipping = Shipping()
    shipping.of("A", small)
    ending = LogShipping(
        shipping.shipments,
        Terms(level="INFO", with_tracebacks=True, interval_seconds=NEVER, flush_seconds=0.05),
    )
    with ending:
        log("A").warning("last words")
    release.set()

    assert events(stream) == ["last words", "log_shipping.left"]
