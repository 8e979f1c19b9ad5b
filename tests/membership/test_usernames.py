"""Users get their names in a pass: every state and answer, as Waldur sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend.exceptions import (
    BackendError,
    OfferingUserAccountLinkingRequiredError,
    OfferingUserAdditionalValidationRequiredError,
)
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from collections.abc import Callable

LINK = OfferingUserAccountLinkingRequiredError("link it", "https://id.example.org/link")
PROVE = OfferingUserAdditionalValidationRequiredError("prove it", "https://id.example.org/prove")
NO = BackendError("the directory is read-only")

WAYS = {
    "Requested": [],
    "Creating": ["begin_creating"],
    "Error creating": ["set_error_creating"],
    "Pending account linking": ["begin_creating", "set_pending_account_linking"],
    "Pending additional validation": ["begin_creating", "set_pending_additional_validation"],
}


@pytest.fixture
def named_by_us(make: Callable[..., object]) -> object:
    """One member, whom the provider's directory names."""
    setting = make(policy="service_provider", team=("ada",))
    setting.system.accounts["hpc_one"].users.clear()
    return setting


def account_in(setting: object, state: str) -> object:
    account = setting.account_of("ada")
    for operation in WAYS[state]:
        setting.world.move_account(account, operation)
    assert account.state == state
    return account


@pytest.mark.parametrize("state", WAYS)
def test_a_name_makes_everybody_ok_and_a_member(named_by_us: object, state: str) -> None:
    account = account_in(named_by_us, state)
    named_by_us.usernames.names = {"ada": "ada1"}

    assert not named_by_us.run().failed

    assert (account.state, account.username) == ("OK", "ada1")
    assert account.service_provider_comment == ""
    assert named_by_us.on("hpc_one") == {"ada1"}


@pytest.mark.parametrize(
    ("error", "after"),
    [(LINK, "Pending account linking"), (PROVE, "Pending additional validation")],
)
@pytest.mark.parametrize("state", WAYS)
def test_what_is_required_is_told_once_with_the_page(
    named_by_us: object, state: str, error: Exception, after: str
) -> None:
    account = account_in(named_by_us, state)
    named_by_us.usernames.raises = error

    named_by_us.run()

    assert account.state == after
    if state != after:
        assert account.service_provider_comment == str(error)
        assert account.service_provider_comment_url == error.comment_url
    named_by_us.world.calls.clear()
    named_by_us.run()
    assert named_by_us.asked("set_pending") == 0
    assert named_by_us.world.violations == []


@pytest.mark.parametrize("state", WAYS)
def test_a_directory_that_fails_is_told_once_and_tried_again(
    named_by_us: object, state: str
) -> None:
    account = account_in(named_by_us, state)
    named_by_us.usernames.raises = NO

    named_by_us.run()

    assert account.state == (
        "Error creating" if "reating" in state or state == "Requested" else state
    )
    named_by_us.world.calls.clear()
    named_by_us.run()
    assert named_by_us.asked("set_error_creating") == 0
    named_by_us.usernames.raises = None
    named_by_us.usernames.names = {"ada": "ada1"}
    named_by_us.run()
    assert account.state == "OK"


def test_a_defect_of_the_plugin_changes_nothing(named_by_us: object) -> None:
    named_by_us.usernames.raises = KeyError("uid")

    named_by_us.run()

    assert named_by_us.account_of("ada").state == "Requested"


def test_a_refusal_by_waldur_concerns_one_user(named_by_us: object) -> None:
    named_by_us.join("mary")
    account = named_by_us.account_of("ada")
    named_by_us.usernames.names = {"ada": "ada1", "mary": "mary1"}
    named_by_us.world.faults.add(
        match=f"marketplace-offering-users/{account.uuid}", action=Status(409), times=None
    )

    named_by_us.run()

    assert named_by_us.on("hpc_one") == {"mary1"}


@pytest.mark.parametrize("restricted", [False, True])
def test_nobody_is_named_where_that_is_not_ours(
    make: Callable[..., object], restricted: bool
) -> None:
    options = {} if restricted else {"service_provider_can_create_offering_user": False}
    setting = make(policy="service_provider", team=("ada",), plugin_options=options)
    setting.usernames.names = {"ada": "ada1"}
    if restricted:
        setting.world.restrict(setting.account_of("ada"))
    elif setting.account_of("ada") is None:
        setting.world.open_account(setting.person("ada"), setting.offering)

    setting.run()

    assert setting.account_of("ada").state == "Requested"
