from __future__ import annotations

import logging
from typing import Any

import pytest

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import MembersChange


@pytest.fixture
def resources(mam: Any, backend: Any, make_resource: Any) -> list[Any]:
    made = [make_resource(backend_id=f"a_x{number}") for number in range(1, 4)]
    for resource in made:
        backend.create_resource_with_id(resource, resource.backend_id)
    mam.state["calls"].clear()
    return made


def test_members_come_and_go_once(mam: Any, backend: Any, resources: list[Any]) -> None:
    resource = resources[0]
    for _ in range(2):
        assert backend.add_users_to_resource(resource, {"ada", "grace"}) == {"ada", "grace"}
    assert mam.users("a_x1") == ["ada", "grace"]
    assert mam.writes() == [
        ["mam-modify-account", "--add-user", "+ada", "-a", "a_x1"],
        ["mam-modify-account", "--add-user", "+grace", "-a", "a_x1"],
    ]

    for _ in range(2):
        assert backend.remove_users_from_resource(resource, {"ada"}) == ["ada"]
    assert mam.users("a_x1") == ["grace"]
    assert mam.writes()[2:] == [["mam-modify-account", "--del-user", "ada", "-a", "a_x1"]]


def test_a_pass_reads_all_members_by_one_command(
    mam: Any, backend: Any, resources: list[Any]
) -> None:
    mam.state["accounts"]["a_x2"]["users"] = {"ada": "^", "grace": "-"}

    backend.begin_pass()
    pulled = backend.pull_resources(resources, include_usage=False, strict=True)
    assert {name: info.users for name, (_, info) in pulled.items()} == {
        "a_x1": [],
        "a_x2": ["ada", "grace"],
        "a_x3": [],
    }
    changes = [
        MembersChange(resource=resources[0], add=frozenset({"ada"})),
        MembersChange(resource=resources[1], add=frozenset({"ada"}), remove=frozenset({"grace"})),
    ]
    answers = backend.change_members(changes)
    backend.end_pass()

    assert [(set(a.added), list(a.removed)) for a in answers] == [
        ({"ada"}, []),
        ({"ada"}, ["grace"]),
    ]
    assert mam.commands() == ["mam-list-accounts", "mam-modify-account", "mam-modify-account"]
    assert (mam.users("a_x1"), mam.users("a_x2")) == (["ada"], ["ada"])


def test_whom_mam_does_not_know_concerns_nobody_else_and_is_not_named(
    mam: Any, backend: Any, resources: list[Any], caplog: Any
) -> None:
    mam.state["strangers"] = ["mary.s"]
    caplog.set_level(logging.DEBUG)

    added = backend.add_users_to_resource(resources[0], {"ada", "mary.s"})

    assert added == {"ada"}
    assert added.failed == {"mary.s": "mam-modify-account: User *** does not exist"}
    assert "mary" not in caplog.text
    assert "ada" not in caplog.text


@pytest.mark.parametrize("name", ["-a", "a,b", "a b", "+a", "^a", "x|y"])
def test_a_users_name_that_mam_would_misread_is_refused_and_not_repeated(
    mam: Any, backend: Any, resources: list[Any], name: str
) -> None:
    with pytest.raises(BackendError, match="a user's name has characters") as caught:
        backend.add_user(resources[0], name)

    assert name not in str(caught.value).split("'")
    assert mam.writes() == []


def test_an_answer_that_was_lost_is_looked_up(mam: Any, backend: Any, resources: list[Any]) -> None:
    backend.begin_pass()
    mam.lose_answers_of("mam-modify-account")
    with pytest.raises(BackendUnavailableError):
        backend.add_users_to_resource(resources[0], {"ada", "grace"})
    mam.after = lambda _program: None
    assert mam.users("a_x1") == ["ada"]

    assert backend.add_users_to_resource(resources[0], {"ada", "grace"}) == {"ada", "grace"}

    backend.end_pass()
    assert [call[2] for call in mam.writes()] == ["+ada", "+grace"], "also in the same pass"


def test_somebody_elses_change_in_between_is_no_failure(
    mam: Any, backend: Any, resources: list[Any]
) -> None:
    def somebody_adds(program: str) -> None:
        if program == "mam-modify-account":
            mam.state["accounts"]["a_x1"]["users"]["ada"] = ""

    mam.before = somebody_adds

    assert backend.add_users_to_resource(resources[0], {"ada"}) == {"ada"}
    mam.before = lambda program: (
        mam.state["accounts"]["a_x1"]["users"].clear() if program == "mam-modify-account" else None
    )
    assert backend.remove_users_from_resource(resources[0], {"ada"}) == ["ada"]


def test_an_outage_ends_the_work_at_once(mam: Any, backend: Any, resources: list[Any]) -> None:
    mam.is_up = False

    with pytest.raises(BackendUnavailableError, match="Connection refused"):
        backend.change_members(
            [MembersChange(resource=one, add=frozenset({"ada"})) for one in resources]
        )


def test_an_account_that_is_gone_is_its_own_failure(
    mam: Any, backend: Any, resources: list[Any]
) -> None:
    del mam.state["accounts"]["a_x1"]

    gone, there = backend.change_members(
        [MembersChange(resource=one, add=frozenset({"ada"})) for one in resources[:2]]
    )

    assert gone.added.failed == {"ada": "there is no account 'a_x1' in MAM"}
    assert there.added == {"ada"}
