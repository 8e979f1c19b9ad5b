"""How the agent shows itself in Waldur, and that its work never hangs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog.testing

from waldur_site_agent.runtime.registration import Processor, Registration
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import small_world
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

PROCESSOR = Processor(name="P", backend_type="module.Backend", backend_version="1.0")
AT_ONCE = RetryPolicy(attempts=1, first_wait=0, longest_wait=0, jitter=0)


class Registering:
    """One process of the agent, with a clock that is moved by hand."""

    def __init__(self, lacks: Sequence[str] = ()) -> None:
        self.small = small_world(lacks=lacks)
        self.world = self.small.world
        self.now = 0.0
        self.start()

    def start(self) -> None:
        """Another process."""
        settings = ConnectionSettings(
            api_url="https://waldur.example.org/api/", token=self.small.token, retries=AT_ONCE
        )
        self.registration = Registration(
            Waldur(Transport(settings, network=transport(self.world))),
            self.small.offering.uuid,
            mode="order_process",
            version="2.0.0",
            clock=lambda: self.now,
        )

    def ran(self, *, after: float = 0) -> list[str]:
        """Say that a processor ran; answers with what was asked of Waldur."""
        self.now += after
        self.world.calls.clear()
        self.registration.ran(PROCESSOR)
        return [f"{call.method} {call.path.rstrip('/').rpartition('/')[2]}" for call in self.calls]

    @property
    def calls(self) -> list:
        return list(self.world.calls)


FIRST = [
    "GET marketplace-site-agent-identities",
    "POST marketplace-site-agent-identities",
    "POST register_service",
    "POST register_processor",
]


def test_identity_and_service_are_registered_once_a_process() -> None:
    agent = Registering()
    assert agent.ran() == FIRST
    assert agent.ran(after=239) == []
    assert agent.ran(after=2) == ["POST register_processor"]
    assert agent.world.violations == []


def test_who_comes_every_five_minutes_is_heard_each_time() -> None:
    agent = Registering()
    agent.now = 0.3
    agent.ran()
    agent.now = 0.0
    assert [agent.ran(after=300) for _ in range(3)] == [["POST register_processor"]] * 3


def test_another_process_renews_what_it_finds() -> None:
    agent = Registering()
    agent.ran()
    agent.start()
    methods = [call.partition(" ")[0] for call in agent.ran()]
    assert methods == ["GET", "PUT", "POST", "POST"]
    identities = agent.world.state.identities.values()
    assert [identity.name for identity in identities] == [f"agent-{agent.small.offering.uuid}"]


def test_what_somebody_deleted_is_registered_again() -> None:
    agent = Registering()
    agent.ran()
    agent.world.state.services.clear()
    agent.world.state.identities.clear()
    agent.ran(after=301)
    assert agent.ran(after=301) == FIRST


def test_a_hiccup_is_made_good_at_the_next_opportunity() -> None:
    agent = Registering()
    agent.world.faults.add(match="register_service", action=Status(502))
    agent.ran()
    assert agent.ran(after=1)[-1] == "POST register_processor"


@pytest.mark.parametrize("lacks", [[], ["site-agent-identities"]])
def test_a_refusal_is_told_once_and_stops_nothing(lacks: list[str]) -> None:
    agent = Registering(lacks)
    if not lacks:
        agent.world.faults.add(match="identities", action=Status(403), times=None)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            agent.ran(after=301)
        assert agent.ran(after=1) == []
    told = [entry["event"] for entry in logs if entry["log_level"] == "warning"]
    assert told == ["registration.refused"]
