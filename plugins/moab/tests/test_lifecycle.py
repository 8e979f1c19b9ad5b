from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendUnavailableError,
    DuplicateResourceError,
)


@pytest.fixture
def create(backend: Any, make_resource: Any) -> Any:
    def create(backend_id: str = "a_x1", **changes: Any) -> Any:
        resource = make_resource(backend_id=backend_id, **changes)
        backend.create_resource_with_id(resource, backend_id)
        return resource

    return create


def test_an_account_comes_with_its_project_its_fund_and_its_deposit(mam: Any, create: Any) -> None:
    create()

    accounts = mam.state["accounts"]
    assert {n: (a["organization"], a["description"]) for n, a in accounts.items()} == {
        "p_proj": ("c_cust", "Project"),
        "a_x1": ("p_proj", "My allocation"),
    }
    assert mam.given("a_x1") == 150
    assert mam.funds_of("p_proj") == [], "nobody spends anything on a project's account"
    assert mam.commands() == [
        "mam-list-accounts",
        "mam-create-account",
        "mam-list-funds",
        "mam-create-account",
        "mam-list-funds",
        "mam-create-fund",
        "mam-list-funds",
        "mam-deposit",
    ]


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("My project -o evil", "My project -o evil"),
        ("-o evil", "o evil"),
        ("--help", "help"),
        ("a|b\nc", "a b c"),
        (" \t", "a_x1"),
        ("quo\"te's $(id)", "quo\"te's $(id)"),
    ],
)
def test_no_word_of_a_name_becomes_an_argument(
    mam: Any, create: Any, name: str, described: str
) -> None:
    create(name=name)

    made = mam.state["accounts"]["a_x1"]
    assert (made["description"], made["organization"]) == (described, "p_proj")


@pytest.mark.parametrize("backend_id", ["-a", "a|b", "a,b", "a b", "ä", "a\n", "+a", "x" * 129])
def test_a_name_that_mam_would_take_for_something_else_is_refused(
    mam: Any, create: Any, backend_id: str
) -> None:
    with pytest.raises(BackendError, match="cannot be the name of an account"):
        create(backend_id)

    assert mam.state["calls"] == []


def test_a_project_without_a_slug_has_no_account(mam: Any, create: Any) -> None:
    with pytest.raises(BackendError, match="has no slug"):
        create(project_slug="")

    assert mam.writes() == []


def test_a_taken_name_is_left_alone(mam: Any, create: Any) -> None:
    create(limits={"deposit": 10})
    mam.state["calls"].clear()

    with pytest.raises(DuplicateResourceError):
        create(limits={"deposit": 20})

    assert mam.writes() == []


def test_credits_that_a_deleted_account_left_behind_are_not_inherited(
    mam: Any, create: Any
) -> None:
    create()
    del mam.state["accounts"]["a_x1"]

    with pytest.raises(DuplicateResourceError):
        create()

    assert mam.given("a_x1") == 150


def test_adopting_completes_an_account_and_then_changes_nothing(
    mam: Any, backend: Any, create: Any, make_resource: Any
) -> None:
    create()
    mam.state["funds"].clear()
    resource = make_resource()

    assert backend.adopt_resource(resource, "a_x1").limits == {"deposit": 150}
    assert mam.given("a_x1") == 150
    mam.state["calls"].clear()
    backend.adopt_resource(resource, "a_x1")
    assert mam.writes() == []


def test_going_takes_the_fund_first_then_the_account_then_the_empty_project(
    mam: Any, backend: Any, create: Any
) -> None:
    first, second = create("a_x1"), create("a_x2")
    mam.state["calls"].clear()

    backend.delete_resource(first, project_slug="proj")

    assert set(mam.state["accounts"]) == {"p_proj", "a_x2"}
    assert [call[0] for call in mam.writes()] == ["mam-delete-fund", "mam-delete-account"]

    backend.delete_resource(second, project_slug="proj")
    assert (mam.state["accounts"], mam.state["funds"]) == ({}, {})


@pytest.mark.parametrize("lost", ["mam-delete-fund", "mam-delete-account"])
def test_a_deletion_whose_answer_was_lost_is_finished_the_next_time(
    mam: Any, backend: Any, create: Any, lost: str
) -> None:
    resource = create()
    mam.lose_answers_of(lost)
    with pytest.raises(BackendUnavailableError):
        backend.delete_resource(resource, project_slug="proj")
    mam.after = lambda _program: None

    backend.delete_resource(resource, project_slug="proj")

    assert (mam.state["accounts"], mam.state["funds"]) == ({}, {})


def test_a_projects_account_that_somebody_uses_stays(mam: Any, backend: Any, create: Any) -> None:
    resource = create()
    mam.state["accounts"]["p_proj"]["users"]["ada"] = ""

    backend.delete_resource(resource, project_slug="proj")

    assert set(mam.state["accounts"]) == {"p_proj"}


def test_a_fund_that_others_may_spend_is_nobodys_to_delete(
    mam: Any, backend: Any, create: Any
) -> None:
    resource = create()
    (fund,) = mam.funds_of("a_x1")
    fund["constraints"] = ["Account=a_x1", "Account=other"]

    backend.delete_resource(resource, project_slug="proj")

    assert len(mam.state["funds"]) == 1


def test_what_cannot_be_asked_is_not_gone(mam: Any, backend: Any, create: Any) -> None:
    resource = create()
    mam.is_up = False

    with pytest.raises(BackendUnavailableError):
        backend.delete_resource(resource, project_slug="proj")
    with pytest.raises(BackendUnavailableError):
        backend.pull_resources([resource], strict=True)
    assert not backend.ping()

    mam.is_up = True
    assert set(mam.state["accounts"]) == {"p_proj", "a_x1"}
    assert backend.ping()


def test_what_may_not_be_seen_is_not_gone(mam: Any, backend: Any, create: Any) -> None:
    resource = create()
    mam.state["refuses"] = ["mam-list-accounts", "mam-list-funds"]

    with pytest.raises(BackendUnavailableError, match="is not authorized"):
        backend.delete_resource(resource, project_slug="proj")
    with pytest.raises(BackendUnavailableError, match="is not authorized"):
        backend.set_resource_limits("a_x1", {"deposit": 300})

    assert set(mam.state["accounts"]) == {"p_proj", "a_x1"}


@pytest.mark.parametrize(
    "said", ["a_x1|p_proj\n", "a_x1|p_proj|ada|what else\n", "p_proj|c_cust|\na_x1|p_\n"]
)
def test_an_answer_that_cannot_be_read_is_none(
    mam: Any, backend: Any, create: Any, said: str
) -> None:
    resource = create()
    mam.says["mam-list-accounts"] = said

    with pytest.raises(BackendUnavailableError, match="mam-list-accounts answered what cannot"):
        backend.delete_resource(resource, project_slug="proj")

    assert set(mam.state["accounts"]) == {"p_proj", "a_x1"}


def test_soft_deletion_takes_members_off_and_credits_out(
    mam: Any, make_backend: Any, make_resource: Any
) -> None:
    backend, resource = make_backend(soft_delete=True), make_resource()
    backend.create_resource_with_id(resource, "a_x1")
    backend.add_users_to_resource(resource, {"ada"})
    mam.charge("a_x1", "ada", "30.5")

    backend.begin_pass()
    backend.pull_resources([resource], include_usage=False)
    mam.state["accounts"]["a_x1"]["users"]["mary"] = ""
    for _ in range(2):
        backend.delete_resource(resource, project_slug="proj")
    backend.end_pass()

    (fund,) = mam.funds_of("a_x1")
    assert (fund["balance"], fund["allocated"]) == ("0.0", "30.5")
    assert mam.users("a_x1") == []

    backend.adopt_resource(resource, "a_x1")
    assert mam.given("a_x1") == 150, "what was spent stays spent"


def test_a_refusal_is_told_in_mams_words(mam: Any, backend: Any, create: Any) -> None:
    resource = create()
    mam.lose_answers_of("")

    def refuse(program: str) -> None:
        if program == "mam-delete-account":
            mam.state["accounts"].pop("a_x1")

    mam.before = refuse
    backend.delete_resource(resource)
    assert "a_x1" not in mam.state["accounts"], "somebody else was faster: it is as was wanted"

    mam.before = lambda _program: None
    with pytest.raises(BackendError, match="there is no account 'a_x1' in MAM"):
        backend.add_user(resource, "ada")
