"""The plugin's pure decisions, with the worked numbers of the 1.x agent where they are right."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent.waldur.models import Plan
from waldur_site_agent_waldur.end_dates import EndDate, Follower, follower
from waldur_site_agent_waldur.limit_rules import LimitRules
from waldur_site_agent_waldur.marks import marked_project, project_mark
from waldur_site_agent_waldur.plan_choice import choose_plan
from waldur_site_agent_waldur.profiles import bridged
from waldur_site_agent_waldur.role_rules import RoleRules, role_change
from waldur_site_agent_waldur.settings import EndDates, MappedUsage
from waldur_site_agent_waldur.usage_rules import UsageRules

IDENTITY = {"cpu": {}, "mem": {}}
FAN_OUT = {
    "node_hours": {
        "target_components": {"gpu_hours": {"factor": 5}, "storage_gb_hours": {"factor": 10}}
    }
}
FAN_IN = {
    "a": {"target_components": {"t": {"factor": 2}}},
    "b": {"target_components": {"t": {"factor": 3}}},
}
MIXED = {"node_hours": {"target_components": {"gpu_hours": {"factor": 5}}}, "storage": {}}
TENTH = {"x": {"target_components": {"y": {"factor": 0.1}}}}
THOUSANDS = {
    "node_hours": {"target_components": {"cpu": {"factor": 3840}, "gres/gpu": {"factor": 240}}}
}


# Limits


@pytest.mark.parametrize(
    ("components", "limits", "expected"),
    [
        (FAN_OUT, {"node_hours": 100}, {"gpu_hours": 500, "storage_gb_hours": 1000}),  # C1, F8
        (FAN_IN, {"a": 10, "b": 10}, {"t": 50}),  # C7
        (MIXED, {"node_hours": 100, "storage": 50}, {"gpu_hours": 500, "storage": 50}),  # C9
        (TENTH, {"x": 3}, {"y": 0}),  # C12
        (TENTH, {"x": 9}, {"y": 0}),
        (THOUSANDS, {"node_hours": 100}, {"cpu": 384000, "gres/gpu": 24000}),  # C13
        (IDENTITY, {"cpu": 5, "unknown": 42}, {"cpu": 5}),  # C11: what is no component is left out
    ],
)
def test_what_is_ordered_on_the_target(components: dict, limits: dict, expected: object) -> None:
    assert LimitRules(components).ordered(limits) == expected


@pytest.mark.parametrize(
    ("components", "ordered", "on_target", "expected"),
    [
        (FAN_OUT, 100, {"gpu_hours": 500, "storage_gb_hours": 1000}, 100),  # F12, C4: not 200
        (FAN_OUT, 100, {"gpu_hours": 500, "storage_gb_hours": 800}, 80),  # F10: the tightest
        (FAN_OUT, 100, {"gpu_hours": 250}, 50),  # F11
        (FAN_OUT, 100, {"gpu_hours": 500}, 100),
        (FAN_OUT, 100, {}, 100),
        (FAN_OUT, 100, {"gpu_hours": 1000, "storage_gb_hours": 2000}, 200),
    ],
)
def test_limits_that_are_read_back(
    components: dict, ordered: int, on_target: dict, expected: int
) -> None:
    followed = LimitRules(components).followed({"node_hours": ordered}, on_target)
    assert followed == {"node_hours": expected}


def test_an_amount_that_was_cut_on_the_way_stays_what_was_ordered() -> None:
    assert LimitRules(TENTH).followed({"x": 7}, {"y": 0}) == {"x": 7}


@pytest.mark.parametrize(
    "on_target",
    [
        pytest.param({"half": 50, "sum": 999}, id="what it shares was changed"),
        pytest.param({"half": 50, "sum": 106, "triple": 304}, id="its wider target was raised"),
    ],
)
def test_what_was_ordered_stays_while_the_tightest_of_its_own_targets_does(
    on_target: dict[str, float],
) -> None:
    factors = {"half": {"factor": 0.5}, "triple": {"factor": 3}, "sum": {"factor": 1}}
    components = {
        "a": {"target_components": factors},
        "b": {"target_components": {"sum": {"factor": 1}}},
    }
    limits = {"a": 101, "b": 5}
    assert LimitRules(components).followed(limits, on_target) == limits


def test_parts_of_a_sum_stay_what_was_ordered() -> None:
    assert LimitRules(FAN_IN).followed({"a": 10, "b": 10}, {"t": 70}) == {"a": 10, "b": 10}


def test_components_that_the_target_does_not_limit_are_kept() -> None:
    assert LimitRules(IDENTITY).followed({"cpu": 1, "mem": 2}, {"cpu": 3}) == {"cpu": 3, "mem": 2}


def test_a_change_keeps_what_it_does_not_touch() -> None:
    rules = LimitRules(IDENTITY)
    assert rules.updated({"cpu": 5}, {"cpu": 1, "mem": 2, "disk": 9}) == {
        "cpu": 5,
        "mem": 2,
        "disk": 9,
    }
    assert rules.updated({"cpu": 200}, {"cpu": 200}) is None  # F9


def test_half_of_a_sum_is_refused() -> None:
    with pytest.raises(BackendError, match="a, b make up the target's 't'"):
        LimitRules(FAN_IN).updated({"a": 10}, {"t": 50})


FACTORS = st.one_of(st.integers(1, 5000), st.sampled_from([0.1, 0.25, 0.5, 1.5, 2.75]))


@given(
    factors=st.dictionaries(st.sampled_from(["p", "q", "r"]), FACTORS, min_size=1),
    amount=st.integers(0, 10**6),
    rounds=st.integers(1, 4),
)
def test_limits_never_grow_by_being_read_back(factors: dict, amount: int, rounds: int) -> None:
    component = {"target_components": {name: {"factor": f} for name, f in factors.items()}}
    rules = LimitRules({"c": component})
    limits = {"c": amount}
    for _ in range(rounds):
        limits = rules.followed(limits, rules.ordered(limits))
    assert limits == {"c": amount}


@given(
    on_target=st.dictionaries(st.sampled_from(["p", "q"]), st.integers(0, 10**6)),
    amount=st.integers(0, 10**5),
)
def test_whatever_the_target_has_the_second_look_changes_nothing(
    on_target: dict, amount: int
) -> None:
    components = {"c": {"target_components": {"p": {"factor": 3}, "q": {"factor": 0.7}}}}
    rules = LimitRules(components)
    once = rules.followed({"c": amount}, on_target)
    assert rules.followed(once, on_target) == once


# Usage


def total(components: dict, used: dict, mapped: MappedUsage = MappedUsage.SUM) -> dict:
    decimals = {name: Decimal(text) for name, text in used.items()}
    return UsageRules(components, mapped).to_source(decimals, {})[TOTAL_ACCOUNT_USAGE]


@pytest.mark.parametrize(
    ("components", "used", "expected"),
    [
        (FAN_OUT, {"gpu_hours": "500", "storage_gb_hours": "800"}, {"node_hours": 180.0}),  # C2, F2
        (FAN_OUT, {"gpu_hours": "500"}, {"node_hours": 100.0}),  # C3
        (FAN_OUT, {"gpu_hours": "500", "storage_gb_hours": "1000"}, {"node_hours": 200.0}),  # C4
        (FAN_OUT, {"unknown": "100"}, {"node_hours": 0.0}),  # C5
        (FAN_IN, {"t": "50"}, {"a": 25.0, "b": pytest.approx(50 / 3)}),  # C8
        (MIXED, {"gpu_hours": "500", "storage": "50"}, {"node_hours": 100.0, "storage": 50.0}),
        (IDENTITY, {"cpu": "100", "mem": "200"}, {"cpu": 100.0, "mem": 200.0}),  # F1
        ({"c": {"target_components": {"t": {"factor": 4}}}}, {"t": "48.58"}, {"c": 12.145}),  # F3
        ({"c": {"target_components": {"t": {"factor": 4}}}}, {"t": "1.39"}, {"c": 0.3475}),  # F4
    ],
)
def test_usage_in_the_sources_components(components: dict, used: dict, expected: object) -> None:
    assert total(components, used) == expected


@pytest.mark.parametrize(
    ("mapped", "expected"),
    [(MappedUsage.SUM, 180.0), (MappedUsage.MAX, 100.0), (MappedUsage.MEAN, 90.0)],
)
def test_several_targets_become_one_number_as_the_offering_says(
    mapped: MappedUsage, expected: object
) -> None:
    used = {"gpu_hours": "500", "storage_gb_hours": "800"}
    assert total(FAN_OUT, used, mapped) == {"node_hours": expected}


def test_users_are_weighed_as_their_resource_is() -> None:
    rules = UsageRules(FAN_OUT, MappedUsage.MAX)
    used = {"gpu_hours": Decimal(500), "storage_gb_hours": Decimal(800)}
    report = rules.to_source(used, {"bob": {"storage_gb_hours": Decimal(800)}})
    assert report["bob"] == {"node_hours": 0.0}


# End dates

EARLY, LATE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
JULY, AUGUST = date(2026, 7, 31), date(2026, 8, 31)
BOTH, A, B = EndDates.BIDIRECTIONAL, Follower.SOURCE, Follower.TARGET


@pytest.mark.parametrize(
    ("direction", "source", "target", "expected"),
    [
        (BOTH, (JULY, LATE), (AUGUST, EARLY), B),  # F15
        (BOTH, (JULY, EARLY), (AUGUST, LATE), A),
        (BOTH, (JULY, LATE), (AUGUST, LATE), None),
        (BOTH, (JULY, None), (AUGUST, None), None),
        (BOTH, (JULY, EARLY), (AUGUST, None), B),  # F16
        (BOTH, (JULY, None), (AUGUST, EARLY), A),
        (BOTH, (None, LATE), (AUGUST, EARLY), B),  # F17
        (EndDates.A_TO_B, (JULY, EARLY), (AUGUST, LATE), B),  # F18
        (EndDates.B_TO_A, (JULY, LATE), (AUGUST, EARLY), A),
        (BOTH, (JULY, LATE), (JULY, EARLY), None),  # F19
        (EndDates.A_TO_B, (JULY, LATE), (JULY, EARLY), None),
        (EndDates.DISABLED, (JULY, LATE), (AUGUST, EARLY), None),
    ],
)
def test_which_side_follows(
    direction: EndDates, source: tuple, target: tuple, expected: object
) -> None:
    assert follower(direction, source=EndDate(*source), target=EndDate(*target)) is expected


# Roles


@pytest.mark.parametrize(
    ("mapping", "role", "expected"),
    [
        ({"MANAGER": "ADMIN"}, "PROJECT.MANAGER", "PROJECT.ADMIN"),  # F20
        ({"PROJECT.MANAGER": "PROJECT.ADMIN"}, "manager", "PROJECT.ADMIN"),
        ({}, "PROJECT.MANAGER", "PROJECT.MANAGER"),
        ({}, "member", "PROJECT.MEMBER"),
        ({}, "", "PROJECT.MEMBER"),  # F21, with the least of rights
        ({"PROJECT.MEMBER": "PROJECT.ADMIN"}, "", "PROJECT.ADMIN"),
    ],
)
def test_roles_on_the_target(mapping: dict, role: str, expected: object) -> None:
    assert RoleRules(mapping).on_target(role) == expected


def test_what_is_missing_and_what_goes() -> None:
    change = role_change({"MANAGER"}, {"MEMBER", "ADMIN"})  # F22
    assert change.grant == {"MANAGER"}
    assert change.revoke == {"MEMBER", "ADMIN"}


# Plans


def plan(name: str) -> Plan:
    return Plan(uuid=uuid4(), name=name)


def test_plans_are_chosen_by_name_then_because_there_is_one() -> None:
    gold, silver = plan("Gold"), plan("Silver")
    assert choose_plan([gold, silver], source_plan="Gold", mapping={}) is gold
    assert choose_plan([gold, silver], source_plan="Mine", mapping={"Mine": "Silver"}) is silver
    by_uuid = {"Mine": str(silver.uuid)}
    assert choose_plan([gold, silver], source_plan="Mine", mapping=by_uuid) is silver
    assert choose_plan([gold], source_plan="Mine", mapping={}) is gold
    assert choose_plan([], source_plan="Mine", mapping={}) is None


@pytest.mark.parametrize(
    ("plans", "source_plan", "mapping", "words"),
    [
        (["Gold", "Silver"], "Mine", {}, "'Gold', 'Silver'.*plan_mapping"),
        (["Gold", "Silver"], "", {}, "no plan"),
        (["Gold", "Gold"], "Gold", {}, "does not tell"),
        (["Gold"], "Mine", {"Mine": "Lead"}, "no plan 'Lead'"),
        (["Gold", "Gold"], "Mine", {"Mine": "Gold"}, "several plans 'Gold'"),
    ],
)
def test_a_plan_that_cannot_be_chosen_is_refused(
    plans: list, source_plan: str, mapping: dict, words: str
) -> None:
    with pytest.raises(BackendError, match=words):
        choose_plan([plan(name) for name in plans], source_plan=source_plan, mapping=mapping)


# Marks and profiles


@given(customer=st.uuids(), project=st.uuids(), dashed=st.booleans())
def test_a_project_is_known_by_its_mark_in_either_form(
    customer: UUID, project: UUID, dashed: bool
) -> None:
    mark = project_mark(customer, project) if dashed else f"{customer.hex}_{project.hex}"
    assert marked_project(mark) == project


@pytest.mark.parametrize("backend_id", ["", "hpc_alpha", "_", f"{UUID(int=1)}", f"x_{UUID(int=1)}"])
def test_projects_of_others_have_no_mark(backend_id: str) -> None:
    assert marked_project(backend_id) is None


def test_only_what_is_told_goes_over_the_bridge() -> None:
    profile = {"email": "", "first_name": "A", "phone_number": None, "shoe_size": 44}
    assert bridged(profile) == {"first_name": "A"}  # F25
    assert bridged({"birth_date": date(1815, 12, 10)}) == {"birth_date": "1815-12-10"}
