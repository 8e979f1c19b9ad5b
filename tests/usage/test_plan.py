"""What is sent and what is held back, decided from what was measured and what Waldur has."""

from __future__ import annotations

import itertools
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from waldur_site_agent.usage.plan import (
    NOTHING,
    SEVERAL,
    VANISHED,
    WENT_DOWN,
    HeldBack,
    Record,
    Rules,
    plan_usage,
)
from waldur_site_agent.usage.used import Used

GUARDED = Rules()
OMITTING = Rules(omits_components=True)
GAUGE = Rules(holds_decreases=False, clears_absent_users=True)
LOADING = Rules(holds_decreases=False, writes_zero=False)
RECONCILING = Rules(holds_decreases=False, clears_absent_users=True, clears_absent_components=True)
COMPONENTS = ("cpu", "mem")

Amounts = dict[str, str]
Users = dict[str, Amounts]


def used(totals: Amounts, users: Users | None = None) -> Used:
    return Used(
        totals={name: Decimal(amount) for name, amount in totals.items()},
        users={
            user: {name: Decimal(amount) for name, amount in amounts.items()}
            for user, amounts in (users or {}).items()
        },
    )


def waldur(totals: Amounts, users: Users | None = None) -> dict[str, list[Record]]:
    """Records as Waldur has them: totals by component, users' amounts by user and component."""
    return {
        component: [
            Record(
                uuid=UUID(int=1),
                amount=Decimal(amount),
                users={
                    user: [Decimal(amounts[component])]
                    for user, amounts in (users or {}).items()
                    if component in amounts
                },
            )
        ]
        for component, amount in totals.items()
    }


# measured, what Waldur has, rules, what is sent of totals, what is held back of totals
TOTALS = [
    # new, changed, unchanged
    ({"cpu": "5.00"}, {}, GUARDED, {"cpu": "5.00"}, {}),
    ({"cpu": "5.01"}, {"cpu": "5.00"}, GUARDED, {"cpu": "5.01"}, {}),
    ({"cpu": "5.00"}, {"cpu": "5.00"}, GUARDED, {}, {}),
    ({"cpu": "5.00"}, {"cpu": "5"}, GUARDED, {}, {}),
    ({"cpu": "5.00", "mem": "2.00"}, {"cpu": "5.00"}, GUARDED, {"mem": "2.00"}, {}),
    # idle is told once
    ({"cpu": "0.00"}, {}, GUARDED, {"cpu": "0.00"}, {}),
    ({"cpu": "0.00"}, {"cpu": "0.00"}, GUARDED, {}, {}),
    # a component that goes down holds back the resource, or itself alone
    (
        {"cpu": "4.00", "mem": "9.00"},
        {"cpu": "5.00", "mem": "8.00"},
        GUARDED,
        {},
        {"cpu": WENT_DOWN},
    ),
    (
        {"cpu": "4.00", "mem": "9.00"},
        {"cpu": "5.00", "mem": "8.00"},
        OMITTING,
        {"mem": "9.00"},
        {"cpu": WENT_DOWN},
    ),
    (
        {"cpu": "4.00", "mem": "9.00"},
        {"cpu": "5.00", "mem": "8.00"},
        GAUGE,
        {"cpu": "4.00", "mem": "9.00"},
        {},
    ),
    ({"cpu": "0.00"}, {"cpu": "5.00"}, GUARDED, {}, {"cpu": WENT_DOWN}),
    ({"cpu": "0.00"}, {"cpu": "5.00"}, GAUGE, {"cpu": "0.00"}, {}),
    # history is corrected up and down, but emptied only where somebody reconciles
    ({"cpu": "4.00"}, {"cpu": "5.00"}, LOADING, {"cpu": "4.00"}, {}),
    ({"cpu": "0.00"}, {"cpu": "5.00"}, LOADING, {}, {"cpu": NOTHING}),
    ({"cpu": "0.00"}, {}, LOADING, {}, {}),
    ({"cpu": "0.00"}, {"cpu": "5.00"}, RECONCILING, {"cpu": "0.00"}, {}),
    # what was not measured stays, unless somebody reconciles
    ({"cpu": "5.00"}, {"cpu": "5.00", "mem": "8.00"}, GUARDED, {}, {}),
    ({"cpu": "5.00"}, {"cpu": "5.00", "mem": "8.00"}, GAUGE, {}, {}),
    ({"cpu": "5.00"}, {"cpu": "5.00", "mem": "8.00"}, LOADING, {}, {}),
    ({"cpu": "5.00"}, {"cpu": "5.00", "mem": "8.00"}, RECONCILING, {"mem": "0.00"}, {}),
    ({"cpu": "5.00"}, {"cpu": "5.00", "odd": "8.00"}, RECONCILING, {}, {}),
]


@pytest.mark.parametrize(("measured", "known", "rules", "sent", "held"), TOTALS)
def test_totals(
    measured: Amounts, known: Amounts, rules: Rules, sent: Amounts, held: Amounts
) -> None:
    plan = plan_usage(used(measured), waldur(known), components=COMPONENTS, rules=rules)
    assert {change.component: str(change.now) for change in plan.totals} == sent
    assert {one.component: one.reason for one in plan.held_back} == held
    assert plan.differs == bool(sent)


# users measured, users in Waldur, rules, what is sent of users, what is held back of them
USERS = [
    ({"ada": {"cpu": "3.00"}}, {}, GUARDED, {("ada", "cpu"): "3.00"}, {}),
    ({"ada": {"cpu": "3.00"}}, {"ada": {"cpu": "3.00"}}, GUARDED, {}, {}),
    (
        {"ada": {"cpu": "3.01"}},
        {"ada": {"cpu": "3.00"}},
        GUARDED,
        {("ada", "cpu"): "3.01"},
        {},
    ),
    # a user is first told of with an amount
    ({"ada": {"cpu": "0.00"}}, {}, GUARDED, {}, {}),
    # one who goes down, or is no longer there, stops nobody else
    (
        {"ada": {"cpu": "2.00"}, "grace": {"cpu": "8.00"}},
        {"ada": {"cpu": "3.00"}},
        GUARDED,
        {("grace", "cpu"): "8.00"},
        {("ada", "cpu"): WENT_DOWN},
    ),
    (
        {"grace": {"cpu": "8.00"}},
        {"ada": {"cpu": "3.00"}},
        GUARDED,
        {("grace", "cpu"): "8.00"},
        {("ada", "cpu"): VANISHED},
    ),
    ({}, {"ada": {"cpu": "0.00"}}, GUARDED, {}, {}),
    ({}, {"ada": {"cpu": "3.00"}}, GAUGE, {("ada", "cpu"): "0.00"}, {}),
    ({}, {"ada": {"cpu": "3.00"}}, RECONCILING, {("ada", "cpu"): "0.00"}, {}),
    ({}, {"ada": {"cpu": "3.00"}}, LOADING, {}, {}),
    (
        {"ada": {"cpu": "2.00"}},
        {"ada": {"cpu": "3.00"}},
        LOADING,
        {("ada", "cpu"): "2.00"},
        {},
    ),
]


@pytest.mark.parametrize(("measured", "known", "rules", "sent", "held"), USERS)
def test_users(
    measured: Users,
    known: Users,
    rules: Rules,
    sent: dict[tuple[str, str], str],
    held: dict[tuple[str, str], str],
) -> None:
    plan = plan_usage(
        used({"cpu": "10.00"}, measured),
        waldur({"cpu": "10.00"}, known),
        components=COMPONENTS,
        rules=rules,
    )
    assert {(one.username, one.component): str(one.now) for one in plan.users} == sent
    assert {(one.username, one.component): one.reason for one in plan.held_back} == held
    assert plan.totals == []


def test_users_may_be_left_out() -> None:
    plan = plan_usage(
        used({"cpu": "3.00"}, {"ada": {"cpu": "3.00"}}),
        {},
        components=COMPONENTS,
        rules=Rules(tells_users=False),
    )
    assert [str(one.now) for one in plan.totals] == ["3.00"]
    assert plan.users == []


def test_users_of_a_component_that_is_held_back_are_not_sent() -> None:
    measured = used({"cpu": "4.00", "mem": "9.00"}, {"ada": {"cpu": "4.00", "mem": "9.00"}})
    known = waldur({"cpu": "5.00", "mem": "8.00"})
    plan = plan_usage(measured, known, components=COMPONENTS, rules=GUARDED)
    assert not plan.differs
    plan = plan_usage(measured, known, components=COMPONENTS, rules=OMITTING)
    assert [(one.username, one.component) for one in plan.users] == [("ada", "mem")]


def test_components_that_the_offering_does_not_bill_are_left_out() -> None:
    measured = used({"cpu": "4.00", "odd": "1.00"}, {"ada": {"cpu": "4.00", "odd": "1.00"}})
    plan = plan_usage(measured, {}, components=COMPONENTS, rules=GUARDED)
    assert [one.component for one in plan.totals] == ["cpu"]
    assert [one.component for one in plan.users] == ["cpu"]
    assert plan.left_out == ["odd"]


@pytest.mark.parametrize("rules", [GUARDED, GAUGE, LOADING])
def test_several_records_of_one_component_wait_for_a_person(rules: Rules) -> None:
    [record] = waldur({"cpu": "5.00"})["cpu"]
    plan = plan_usage(
        used({"cpu": "9.00"}), {"cpu": [record, record]}, components=COMPONENTS, rules=rules
    )
    assert not plan.differs
    [held] = plan.held_back
    assert (held.reason, held.before, held.now) == (SEVERAL, Decimal(10), Decimal(9))


AMOUNT = st.integers(0, 300).map(lambda cents: Decimal(cents).scaleb(-2))
TOTALS_MEASURED = st.dictionaries(st.sampled_from(["cpu", "mem", "odd"]), AMOUNT)
USERS_MEASURED = st.dictionaries(
    st.sampled_from(["ada", "grace"]), st.dictionaries(st.sampled_from(["cpu", "mem"]), AMOUNT)
)
MEASURED = st.builds(
    lambda totals, users: Used(totals=totals, users=users), TOTALS_MEASURED, USERS_MEASURED
)
ANY_RULES = st.builds(
    Rules,
    holds_decreases=st.booleans(),
    omits_components=st.booleans(),
    clears_absent_users=st.booleans(),
    clears_absent_components=st.booleans(),
    writes_zero=st.booleans(),
    tells_users=st.booleans(),
)


class Store:
    """What Waldur has, as plans change it."""

    def __init__(self) -> None:
        self.totals: dict[str, Decimal] = {}
        self.users: dict[tuple[str, str], Decimal] = {}

    def records(self) -> dict[str, list[Record]]:
        return {
            component: [
                Record(
                    uuid=UUID(int=1),
                    amount=amount,
                    users={n: [a] for (c, n), a in self.users.items() if c == component},
                )
            ]
            for component, amount in self.totals.items()
        }

    def take(self, measured: Used, rules: Rules) -> list[HeldBack]:
        plan = plan_usage(measured, self.records(), components=COMPONENTS, rules=rules)
        self.totals |= {change.component: change.now for change in plan.totals}
        for change in plan.users:
            assert change.component in self.totals
            self.users[change.component, change.username] = change.now
        return list(plan.held_back)


NOTHING_IN_ALL = Used(totals={"cpu": Decimal("0.00")}, users={"ada": {"cpu": Decimal("0.01")}})
"""A backend whose total knows nothing of what its user has."""


@given(st.lists(MEASURED, max_size=5), ANY_RULES)
@example([NOTHING_IN_ALL], LOADING)
def test_what_was_just_sent_is_not_sent_again(reports: list[Used], rules: Rules) -> None:
    store = Store()
    for measured in reports:
        store.take(measured, rules)
        assert not plan_usage(measured, store.records(), components=COMPONENTS, rules=rules).differs


@given(st.lists(MEASURED, min_size=1, max_size=4), st.booleans())
def test_what_is_guarded_never_goes_down(reports: list[Used], omits: bool) -> None:
    store = Store()
    for measured in reports:
        totals, users = dict(store.totals), dict(store.users)
        store.take(measured, Rules(omits_components=omits))
        assert all(store.totals[name] >= amount for name, amount in totals.items())
        assert all(store.users[name] >= amount for name, amount in users.items())


@given(st.lists(AMOUNT, min_size=1, max_size=4))
def test_any_order_of_reports_ends_in_the_largest(amounts: list[Decimal]) -> None:
    ends = set()
    for order in itertools.permutations(amounts):
        store = Store()
        for amount in order:
            store.take(
                Used(totals={"cpu": amount}, users={"ada": {"cpu": amount}} if amount else {}),
                Rules(),
            )
        ends.add((store.totals["cpu"], store.users.get(("cpu", "ada"))))
    assert ends == {(max(amounts), max(amounts) or None)}
