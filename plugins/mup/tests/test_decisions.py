"""Decisions that need no portal."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent_mup import identifiers
from waldur_site_agent_mup.components import MupComponent, read_components
from waldur_site_agent_mup.grants import grant_number
from waldur_site_agent_mup.memberships import place_of
from waldur_site_agent_mup.people import managers, member
from waldur_site_agent_mup.portal.records import Member
from waldur_site_agent_mup.profiles import birth_year, country, gender, institution_type
from waldur_site_agent_mup.research import research_field
from waldur_site_agent_mup.settings import MupSettings

if TYPE_CHECKING:
    from uuid import UUID

REQUIRED = {"api_url": "https://mup.example.org", "username": "u", "password": "p"}
FIELDS = {"1": 3, "1.2": 17, "10": 5}


@pytest.mark.parametrize(
    ("name", "grant"),
    [
        ("EHPC-AIF-FL / EHPC-ANF-2020FL01-114 / Description", "EHPC-ANF-2020FL01-114"),
        ("Part1 / GRANT-456", "GRANT-456"),
        ("a/b/c/d", "b"),
    ],
)
def test_the_grant_is_the_second_part(name: str, grant: str) -> None:
    assert grant_number(name) == grant


@pytest.mark.parametrize("name", ["", "Climate", "Part1 /  / Part3", "Part1 /", "GRANT-1"])
def test_a_name_without_a_grant(name: str) -> None:
    with pytest.raises(BackendError, match="holds no grant number"):
        grant_number(name)


@pytest.mark.parametrize(
    ("code", "field"),
    [("1.2", 17), ("1.2.3", 17), ("1.3", 3), ("1", 3), ("10", 5), ("2", 1), ("", 1), (" 1.2 ", 17)],
)
def test_the_longest_code_counts(code: str, field: int) -> None:
    assert research_field(code, FIELDS, default=1) == field


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (0, "Don't want to reply"),
        ("9", "Don't want to reply"),
        (1, "Male"),
        (2, "Female"),
        ("x", "Other"),
        (None, "as set"),
        ("", "as set"),
    ],
)
def test_genders(told: object, word: str) -> None:
    assert gender(told, "as set") == word


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ("urn:schac:homeOrganizationType:int:university", "Academia"),
        ("Research-Institution", "Academia"),
        ("research", "Academia"),
        ("company", "Industry"),
        ("government", "Public Administration"),
        ("club", "Other"),
        (None, "as set"),
    ],
)
def test_institutions(told: object, word: str) -> None:
    assert institution_type(told, "as set") == word


@pytest.mark.parametrize(
    ("code", "name"), [("PT", "Portugal"), ("ee", "Estonia"), ("Utopia", "Utopia"), ("", "")]
)
def test_countries(code: str, name: str) -> None:
    assert country(code) == name


@pytest.mark.parametrize(
    ("told", "year"),
    [(date(1975, 2, 1), 1975), ("1980-01-01", 1980), ("80", None), (None, None), ("soon", None)],
)
def test_years_of_birth(told: object, year: int | None) -> None:
    assert birth_year(told) == year


COMPONENT = {"accounting_type": "limit", "unit_factor": 60, "mup_allocation_type": "x86"}


def test_what_only_waldur_knows_has_no_allocation() -> None:
    remote = {"accounting_type": "usage", "unit_factor": 1.0}

    assert list(read_components({"cpu": COMPONENT, "storage": remote})) == ["cpu"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"accounting_type": "usage"}, r"backend_components\.cpu\.accounting_type: 'usage'"),
        ({"unit_factor": 0}, r"backend_components\.cpu\.unit_factor"),
    ],
)
def test_a_component_that_mup_cannot_serve(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BackendError, match=said):
        read_components({"cpu": {**COMPONENT, **change}})


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_a_size_is_the_amount_again(amount: int, factor: int) -> None:
    component = read_components({"c": {**COMPONENT, "unit_factor": factor}})["c"]

    assert component.amount(component.size(amount)) == amount


def test_amounts_are_exact() -> None:
    component: MupComponent = read_components({"c": {**COMPONENT, "unit_factor": 0.1}})["c"]

    assert (component.size(30), component.amount(3)) == (3, 30)


@given(st.uuids(), st.text("abcdefgh_-/", min_size=1), st.text("abc_", max_size=5))
def test_the_others_names_follow_from_one(uuid: UUID, component: str, prefix: str) -> None:
    stem = identifiers.stem(prefix, uuid)

    assert identifiers.stem_of(identifiers.proposed(stem, component)) == stem


@pytest.mark.parametrize("name", ["NN-1", "NN-1,NN-2", "1_1", "", f"alloc_{'a' * 31}_cpu"])
def test_nothing_follows_from_a_name_of_mups(name: str) -> None:
    assert identifiers.stem_of(name) == ""


def test_an_id_of_names_of_mups_tells_them_all() -> None:
    written = identifiers.backend_id(["NN-1", "NN-2"], ["alloc_a_cpu", "alloc_a_gpu"])

    assert identifiers.names_of(written) == ["NN-1", "NN-2"]
    assert identifiers.backend_id(["alloc_a_cpu"], ["alloc_a_cpu"]) == "alloc_a_cpu"


def place(username: str, email: str, *, active: bool = True) -> Member:
    return Member(id=1, username=username, email=email, is_active=active)


@pytest.mark.parametrize(
    ("there", "is_it"),
    [
        (place("ana", "ana@x"), True),
        (place("a.silva", "ANA@x"), True),
        (place("ana", ""), True),
        (place("ana", "other@x"), False),
        (place("rui", "rui@x"), False),
    ],
)
def test_whose_place_it_is(there: Member, is_it: bool) -> None:
    assert (place_of([there], "ana", "ana@x") is there) is is_it


def test_of_two_places_the_active_one_counts() -> None:
    active = place("ana", "ana@x")

    assert place_of([place("old", "ana@x", active=False), active], "ana", "ana@x") is active


def test_a_person_who_is_little_told_of() -> None:
    nobody = member("ana", {})

    assert (nobody.email, nobody.cuid, nobody.is_ready) == ("", "", True)
    assert not member("ana", {"offering_user_states": {"ana": "Creating"}}).is_ready


def teammate(name: str, role: str) -> SimpleNamespace:
    return SimpleNamespace(uuid=name, username=name, role=role, email=f"{name}@x", full_name=name)


def test_a_manager_with_an_account_leads() -> None:
    account = SimpleNamespace(username="b", state="OK")
    team = [teammate("a", "manager"), teammate("b", "PROJECT.MANAGER"), teammate("c", "member")]
    context = {"team": team, "offering_user_mappings": {"b": account}}

    assert [person.email for person in managers(context)] == ["b@x", "a@x"]


@pytest.mark.parametrize("team", [[], [teammate("c", "member")], None])
def test_nobody_leads_yet(team: object) -> None:
    with pytest.raises(BackendNotReadyError, match="no manager yet"):
        managers({"team": team})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"api_url": ""}, "api_url"),
        ({"api_url": "mup"}, "api_url"),
        ({"api_url": "https://u:p@mup"}, "api_url"),
        ({"username": None}, "username"),
        ({"password": " "}, "password"),
        ({"retries": "many"}, "retries"),
        ({"research_fields": {"1": "x"}}, r"research_fields\.1"),
        ({"research_fields": [1]}, "research_fields"),
        ({"timeout_seconds": -1}, "timeout_seconds"),
    ],
)
def test_a_setting_that_cannot_be_used(change: dict[str, Any], key: str) -> None:
    with pytest.raises(BackendError, match=rf"^backend_settings\.{key}: "):
        MupSettings.from_dict({**REQUIRED, **change})


def test_the_password_is_not_shown() -> None:
    assert "hunter2" not in repr(MupSettings.from_dict({**REQUIRED, "password": "hunter2"}))
