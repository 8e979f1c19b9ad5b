"""Users who leave the offering: handed to the username plugin, and their accounts closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from collections.abc import Callable


def test_who_leaves_the_last_resource_is_deactivated(setting: object) -> None:
    setting.leave("grace")

    setting.run()

    assert setting.usernames.deactivated == ["grace"]
    setting.run()
    assert setting.usernames.deactivated == ["grace"], "once"


def test_who_keeps_another_resource_is_not(setting: object) -> None:
    other = setting.world.add_project(setting.project.customer, "Ocean")
    setting.join("grace", project=other)
    setting.resource("hpc_other", project=other, users=["grace"])
    setting.leave("grace")

    setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara"}
    assert setting.usernames.deactivated == []


def test_whom_waldur_never_knew_is_not(setting: object) -> None:
    setting.system.accounts["hpc_one"].users.add("intruder")

    setting.run()

    assert "intruder" not in setting.on("hpc_one")
    assert setting.usernames.deactivated == []


def test_a_plugin_that_fails_keeps_nobodys_access_alive(setting: object) -> None:
    setting.usernames.refuses_to_deactivate = True
    setting.leave("grace")

    setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara"}


def test_killed_after_the_hand_over_the_next_pass_comes_to_it_again(
    setting: object, killed: type[BaseException]
) -> None:
    setting.leave("grace")
    setting.kill_after(0)
    with pytest.raises(killed):
        setting.run()
    assert setting.usernames.deactivated == ["grace"]
    assert "grace" in setting.on("hpc_one")

    setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara"}
    assert setting.usernames.deactivated == ["grace", "grace"]


def test_a_deletion_that_waldur_asks_for_is_carried_through(setting: object) -> None:
    account = setting.account_of("grace")
    setting.world.move_account(account, "request_deletion")

    assert not setting.run().failed

    assert setting.on("hpc_one") == {"ada", "barbara"}, "though still on the team"
    assert "grace" in setting.usernames.deactivated
    assert account.state == "Deleted"
    setting.world.calls.clear()
    setting.run()
    assert setting.writes() == []


def test_a_deletion_waits_for_the_removal(setting: object) -> None:
    account = setting.account_of("grace")
    setting.world.move_account(account, "request_deletion")
    setting.system.refuses = {"remove"}

    setting.run()

    assert account.state == "Deleting"
    setting.system.refuses = set()
    setting.run()
    assert account.state == "Deleted"


def test_a_deletion_that_the_plugin_refuses_is_told_and_tried_again(setting: object) -> None:
    account = setting.account_of("grace")
    setting.world.move_account(account, "request_deletion")
    setting.usernames.refuses_to_deactivate = True

    setting.run()
    assert account.state == "Error deleting"
    setting.world.calls.clear()
    setting.run()
    assert setting.writes() == [], "nothing new to say"

    setting.usernames.refuses_to_deactivate = False
    setting.run()
    assert account.state == "Deleted"


@pytest.mark.parametrize("call", ["set_deleting", "set_deleted"])
def test_killed_or_refused_in_between_it_goes_on(
    make: Callable[..., object], killed: type[BaseException], call: str
) -> None:
    setting = make()
    account = setting.account_of("grace")
    setting.world.move_account(account, "request_deletion")
    setting.world.faults.add(match=call, action=Status(409))
    setting.run()
    for effects in range(8):
        setting.kill_after(effects)
        try:
            setting.run()
        except killed:
            continue
        break
    setting.effects_to_live = None
    setting.run()

    assert account.state == "Deleted"
    assert setting.on("hpc_one") == {"ada", "barbara"}


def test_profiles_are_handed_on_before_each_pass(setting: object) -> None:
    setting.run()

    assert setting.usernames.profiles == [{"ada", "barbara", "grace"}]


class Registry(AbstractUsernameManagementBackend):
    """A username plugin that wants to know whole accounts, and may be down."""

    def __init__(self) -> None:
        super().__init__()
        self.closed: list[str] = []
        self.is_down = False

    def get_username(self, offering_user: object) -> None:
        del offering_user

    def generate_username(self, offering_user: object) -> str:
        del offering_user
        return ""

    def close_account(self, account: object) -> None:
        if self.is_down:
            raise BackendError("the registry is down")
        self.closed.append(account.user_username)


def test_a_plugin_may_ask_for_the_whole_account_that_is_closed(setting: object) -> None:
    setting.usernames = registry = Registry()
    account = setting.account_of("grace")
    setting.world.move_account(account, "request_deletion")
    registry.is_down = True

    setting.run()

    assert (account.state, registry.closed) == ("Error deleting", [])
    registry.is_down = False
    setting.run()
    assert (account.state, registry.closed) == ("Deleted", ["grace"])
    setting.run()
    assert registry.closed == ["grace"]
