"""What a pass reads of Waldur: once, and nothing in place of what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.errors import TransientError, WaldurError
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.faults import Status, TruncatedPage

if TYPE_CHECKING:
    from waldur_site_agent_testkit.mastermind.example import SmallWorld

AT_ONCE = RetryPolicy(attempts=1, first_wait=0, longest_wait=0, jitter=0)


@pytest.fixture
def small(mastermind_world: SmallWorld) -> SmallWorld:
    world = mastermind_world
    for name in ("barbara", "grace"):
        world.world.set_username(world.world.add_user(name), world.offering, name)
    return world


@pytest.fixture
def reads(small: SmallWorld) -> PassReads:
    settings = ConnectionSettings(
        api_url="https://waldur.example.org/api/", token=small.token, retries=AT_ONCE
    )
    waldur = Waldur(Transport(settings, network=transport(small.world)))
    return PassReads(waldur, small.offering.uuid)


@pytest.mark.parametrize("what", ["offering", "provider_uuid", "exposed_fields", "offering_users"])
def test_each_is_asked_for_once_and_only_when_it_is_needed(
    small: SmallWorld, reads: PassReads, what: str
) -> None:
    assert small.world.calls == []
    first = getattr(reads, what)
    asked = len(small.world.calls)
    assert asked > 0
    assert getattr(reads, what) == first
    assert len(small.world.calls) == asked


def test_keys_are_listed_once_and_only_when_a_plugin_looks_at_them(
    small: SmallWorld, reads: PassReads
) -> None:
    small.world.add_resource(small.project, small.offering, "A", backend_id="a")
    small.world.add_ssh_key(small.member, "ssh-ed25519 AAAA")
    keys = reads.ssh_keys
    assert small.world.calls == []
    assert list(keys.values()) == ["ssh-ed25519 AAAA"]
    asked = len(small.world.calls)
    assert asked > 0
    assert dict(reads.ssh_keys) == dict(keys)
    assert len(small.world.calls) == asked


@pytest.mark.parametrize("fault", [Status(502), Status(403), TruncatedPage()])
def test_users_that_could_not_be_listed_are_an_error_and_asked_for_again(
    small: SmallWorld, reads: PassReads, fault: object
) -> None:
    asked = small.world.faults.add(match="offering-users", action=fault, times=None)
    with pytest.raises(WaldurError):
        _ = reads.offering_users
    asked.cancel()
    assert {user.username for user in reads.offering_users} == {"barbara", "grace"}


def test_users_are_read_anew_after_names_were_given(small: SmallWorld, reads: PassReads) -> None:
    assert len(reads.offering_users) == 2
    small.world.set_username(small.world.add_user("tony"), small.offering, "tony")
    assert len(reads.offering_users) == 2
    reads.forget_offering_users()
    assert len(reads.offering_users) == 3


@pytest.mark.parametrize("status", [403, 404, 502])
def test_personal_fields_that_are_not_known_to_be_exposed_are_not_asked_for(
    small: SmallWorld, reads: PassReads, status: int
) -> None:
    """The 1.x agent asked for names and addresses when it could not find out."""
    small.world.faults.add(match="attribute-config", action=Status(status), times=None)
    assert reads.exposed_fields == frozenset()
    assert all(not user.user_email for user in reads.offering_users)
    asked = "&".join(call.query for call in small.world.calls if "offering-users" in call.path)
    assert "email" not in asked
    assert "full_name" not in asked


@pytest.mark.parametrize("status", [403, 502])
def test_keys_that_cannot_be_read_are_none(
    small: SmallWorld, reads: PassReads, status: int
) -> None:
    small.world.faults.add(match="keys", action=Status(status), times=None)
    assert reads.ssh_keys == {}


def test_an_offering_that_cannot_be_read_is_an_error_every_time(
    small: SmallWorld, reads: PassReads
) -> None:
    small.world.faults.add(match="provider-offerings", action=Status(502), times=2)
    for _ in range(2):
        with pytest.raises(TransientError):
            _ = reads.offering
    assert reads.offering.name == "Example cluster"
