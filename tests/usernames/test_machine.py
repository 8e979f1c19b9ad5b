"""The username state machine: what is written about a user, by state and answer."""

from __future__ import annotations

import pytest

from waldur_site_agent.usernames.machine import (
    ACTIONABLE,
    CREATING,
    ERROR_CREATING,
    LINKING,
    REQUESTED,
    VALIDATION,
    BeginCreating,
    CompleteValidation,
    Failed,
    Named,
    Nameless,
    Requires,
    SetError,
    SetRequirement,
    SetUsername,
    plan_user,
)
from waldur_site_agent.waldur.models.states import OfferingUserState

NAMED = Named("ada")
LINK = Requires(LINKING, "link it", "https://id.example.org/link")
VALIDATE = Requires(VALIDATION, "prove it", "")
SET_LINK = SetRequirement(LINKING, "link it", "https://id.example.org/link")
SET_VALIDATE = SetRequirement(VALIDATION, "prove it", "")

# state → (named, linking required, validation required, failed)
TABLE = {
    REQUESTED: (
        [SetUsername("ada")],
        [BeginCreating(), SET_LINK],
        [BeginCreating(), SET_VALIDATE],
        [SetError()],
    ),
    CREATING: ([SetUsername("ada")], [SET_LINK], [SET_VALIDATE], [SetError()]),
    ERROR_CREATING: ([SetUsername("ada")], [SET_LINK], [SET_VALIDATE], []),
    LINKING: ([CompleteValidation(), SetUsername("ada")], [], [SET_VALIDATE], []),
    VALIDATION: ([CompleteValidation(), SetUsername("ada")], [SET_LINK], [], []),
}


@pytest.mark.parametrize("state", ACTIONABLE)
@pytest.mark.parametrize(("column", "answer"), list(enumerate([NAMED, LINK, VALIDATE, Failed()])))
def test_every_state_and_answer(state: OfferingUserState, column: int, answer: object) -> None:
    assert list(plan_user(state, answer)) == TABLE[state][column]


@pytest.mark.parametrize("state", OfferingUserState)
def test_no_name_to_give_writes_nothing(state: OfferingUserState) -> None:
    assert plan_user(state, Nameless()) == ()


@pytest.mark.parametrize("state", sorted(set(OfferingUserState) - set(ACTIONABLE)))
@pytest.mark.parametrize("answer", [NAMED, LINK, VALIDATE, Failed()])
def test_users_who_have_a_name_or_are_leaving_are_let_be(state: str, answer: object) -> None:
    assert plan_user(state, answer) == ()
