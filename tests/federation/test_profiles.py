"""The username backend: profiles go to B, and so does the word that somebody left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.federation import SOURCE
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_waldur.pushed import SENT_AGAIN_AFTER, PushedProfiles, pushed_to
from waldur_site_agent_waldur.username_backend import IdentityBridgeUsernameBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ADA = "ada@idp.test"


@pytest.fixture
def bridged(make: Callable[..., object]) -> Iterator[object]:
    pushed_to.cache_clear()
    stage = make()
    stage.bridges_profiles = True
    stage.federation.a.offering.exposed_fields = ["username", "full_name", "email"]
    stage.resource()
    stage.a.open_account(stage.federation.member, stage.federation.a.offering)
    stage.a.set_username(stage.federation.member, stage.federation.a.offering, "slurm_ada")
    yield stage
    pushed_to.cache_clear()


def on_b(stage: object) -> object:
    return next(user for user in stage.b.state.users.values() if user.username == ADA)


def account(stage: object) -> object:
    return stage.a.offering_user(stage.federation.member, stage.federation.a.offering)


def pushes(stage: object) -> list[str]:
    calls = stage.calls_to_b(stage.members)
    posts = (call.path for call in calls if call.method == "POST")
    return [path.rstrip("/").rsplit("/", 1)[-1] for path in posts if "identity-bridge" in path]


def test_a_profile_is_told_when_it_changes(bridged: object) -> None:
    assert pushes(bridged) == ["identity-bridge"]
    assert (on_b(bridged).first_name, on_b(bridged).email) == ("Ada", "ada@example.org")
    assert pushes(bridged) == []
    bridged.federation.member.email = "lovelace@example.org"
    assert pushes(bridged) == ["identity-bridge"]
    assert on_b(bridged).email == "lovelace@example.org"


def test_another_process_tells_all_once(bridged: object) -> None:
    bridged.members()
    pushed_to.cache_clear()
    assert pushes(bridged) == ["identity-bridge"]


def test_a_profile_that_is_refused_is_told_without_the_field(bridged: object) -> None:
    bridged.b.take_identity_fields({"first_name", "last_name"})
    bridged.members()
    assert (on_b(bridged).first_name, on_b(bridged).email) == ("Ada", "")


def test_fields_that_b_takes_no_longer_are_asked_for_again(bridged: object) -> None:
    with bridged.site() as site:
        people = site.username_backend
        people.sync_user_profiles(site.reads.offering_users)
        bridged.b.take_identity_fields({"first_name"})
        bridged.federation.member.first_name = "Augusta"
        site.reads.forget_offering_users()
        people.sync_user_profiles(site.reads.offering_users)
    assert on_b(bridged).first_name == "Augusta"


def test_who_leaves_is_told_before_the_account_is_closed(
    bridged: object, killed: type[BaseException]
) -> None:
    bridged.members()
    bridged.a.move_account(account(bridged), "request_deletion")
    outage = bridged.b.faults.add(match="remove", action=Status(503), times=None)
    bridged.members()
    outage.cancel()
    assert SOURCE in on_b(bridged).active_isds
    assert account(bridged).state == "Error deleting"

    point = 0
    while account(bridged).state != "Deleted":
        bridged.kill_after(point)
        try:
            bridged.members()
        except killed:
            point += 1
            pushed_to.cache_clear()
    bridged.kill_after(None)
    assert SOURCE not in on_b(bridged).active_isds
    assert pushes(bridged) == []


def test_somebody_whom_b_does_not_know_may_leave(bridged: object) -> None:
    bridged.members()
    bridged.a.move_account(account(bridged), "request_deletion")
    on_b(bridged).username = "renamed"
    bridged.members()
    assert account(bridged).state == "Deleted"


def test_one_refused_profile_stops_no_other(bridged: object) -> None:
    other = bridged.a.add_user("bob@idp.test")
    bridged.a.open_account(other, bridged.federation.a.offering)
    bridged.b.faults.add(match="POST identity-bridge", action=Status(400), times=2)
    bridged.members()
    assert any(user.username == "bob@idp.test" for user in bridged.b.state.users.values())


def test_it_needs_a_source(make: Callable[..., object]) -> None:
    settings = {**make().backend_settings(), "identity_bridge_source": ""}
    settings["user_resolve_method"] = "user_field"
    with pytest.raises(ValueError, match="identity_bridge_source"):
        IdentityBridgeUsernameBackend(backend_settings=settings)


def test_what_was_sent_long_ago_is_news_again() -> None:
    now = 0.0
    memory = PushedProfiles(clock=lambda: now)
    assert memory.is_news(ADA, {"email": "a"})
    memory.keep(ADA, {"email": "a"})
    assert not memory.is_news(ADA, {"email": "a"})
    assert memory.is_news(ADA, {"email": "b"})
    now = SENT_AGAIN_AFTER + 1
    assert memory.is_news(ADA, {"email": "a"})
    memory.forget(ADA)
    assert ADA not in repr(memory)
