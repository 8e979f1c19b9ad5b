from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_moab.amounts import credits_of, written
from waldur_site_agent_moab.deposits import wanted_deposit


@pytest.fixture
def resource(backend: Any, make_resource: Any) -> Any:
    made = make_resource()
    backend.create_resource_with_id(made, made.backend_id)
    return made


def money(mam: Any) -> list[list[str]]:
    return [call for call in mam.writes() if call[0] in ("mam-deposit", "mam-withdraw")]


@pytest.mark.parametrize(
    ("ordered", "spent", "commands"),
    [
        (150, 0, []),
        (250, 0, [["mam-deposit", "-a", "a_x1", "-z", "100", "-f", "1"]]),
        (250, 150, [["mam-deposit", "-a", "a_x1", "-z", "100", "-f", "1"]]),
        (100, 0, [["mam-withdraw", "-z", "50", "-f", "1"]]),
        (100, 100, [["mam-withdraw", "-z", "50", "-f", "1"]]),
        (150.5, 0, [["mam-deposit", "-a", "a_x1", "-z", "0.5", "-f", "1"]]),
        (0, 0, [["mam-withdraw", "-z", "150", "-f", "1"]]),
        (-1, 0, []),
    ],
)
@pytest.mark.usefixtures("resource")
def test_the_deposit_is_set_and_doing_it_again_adds_nothing(
    mam: Any, backend: Any, ordered: float, spent: int, commands: list[list[str]]
) -> None:
    if spent:
        mam.charge("a_x1", "ada", str(spent))
    mam.state["calls"].clear()

    for _ in range(3):
        backend.set_resource_limits("a_x1", {"deposit": ordered})

    assert money(mam) == commands
    assert mam.given("a_x1") == Decimal(str(ordered if ordered >= 0 else 150))


@pytest.mark.parametrize(
    ("ordered", "program"), [(400, "mam-deposit"), (20, "mam-withdraw"), (0, "mam-withdraw")]
)
@pytest.mark.usefixtures("resource")
def test_a_deposit_whose_answer_was_lost_is_not_made_again(
    mam: Any, backend: Any, ordered: int, program: str
) -> None:
    mam.lose_answers_of(program)
    with pytest.raises(BackendUnavailableError):
        backend.set_resource_limits("a_x1", {"deposit": ordered})
    mam.after = lambda _program: None

    backend.set_resource_limits("a_x1", {"deposit": ordered})

    assert mam.given("a_x1") == ordered


@pytest.mark.usefixtures("resource")
def test_what_is_spent_cannot_be_taken_out(mam: Any, backend: Any) -> None:
    mam.charge("a_x1", "ada", "130.5")

    with pytest.raises(BackendError, match=r"'a_x1' cannot be 100: 130\.5 of it are spent already"):
        backend.set_resource_limits("a_x1", {"deposit": 100})

    assert mam.given("a_x1") == 150


@pytest.mark.usefixtures("resource")
def test_an_overdrawn_account_can_be_given_more(mam: Any, backend: Any) -> None:
    mam.charge("a_x1", "ada", "160")

    backend.set_resource_limits("a_x1", {"deposit": 155})

    assert mam.given("a_x1") == 155


@pytest.mark.usefixtures("resource")
def test_money_moves_on_what_was_read_just_before_also_in_a_pass(mam: Any, backend: Any) -> None:
    backend.begin_pass()
    assert backend.get_resource_limits("a_x1") == {"deposit": 150}
    (fund,) = mam.funds_of("a_x1")
    fund["balance"] = fund["allocated"] = "250"

    backend.set_resource_limits("a_x1", {"deposit": 250})
    assert money(mam)[1:] == []

    backend.set_resource_limits("a_x1", {"deposit": 260})
    assert backend.get_resource_limits("a_x1") == {"deposit": 260}
    backend.end_pass()


@pytest.mark.usefixtures("resource")
def test_a_fund_that_anybody_may_spend_is_not_an_accounts(mam: Any, backend: Any) -> None:
    mam.state["funds"]["0"] = {"constraints": [], "balance": "9999", "allocated": "9999"}

    backend.set_resource_limits("a_x1", {"deposit": 160})

    assert mam.state["funds"]["0"]["allocated"] == "9999"
    assert mam.given("a_x1") == 160


@pytest.mark.parametrize(
    ("constraints", "said"),
    [
        (["Account=a_x1"], "has the funds 1, 2 in MAM"),
        (["Account=a_x1", "Machine=m"], "has the funds 1, 2 in MAM"),
    ],
)
@pytest.mark.usefixtures("resource")
def test_no_money_moves_where_the_fund_cannot_be_told(
    mam: Any, backend: Any, constraints: list[str], said: str
) -> None:
    mam.state["funds"]["2"] = {"constraints": constraints, "balance": "5", "allocated": "5"}
    mam.state["calls"].clear()

    with pytest.raises(BackendError, match=said):
        backend.set_resource_limits("a_x1", {"deposit": 160})
    assert backend.get_resource_limits("a_x1") == {}, "unknown is told as nothing, not as a sum"

    assert money(mam) == []


@pytest.mark.usefixtures("resource")
def test_a_fund_with_more_constraints_holds_no_deposit(mam: Any, backend: Any) -> None:
    mam.state["funds"]["1"]["constraints"].append("Machine=m")

    with pytest.raises(BackendError, match="fund 1 of the account 'a_x1' in MAM has other constr"):
        backend.set_resource_limits("a_x1", {"deposit": 160})


@pytest.mark.usefixtures("resource")
def test_a_fund_that_nothing_was_ever_put_into_holds_nothing(mam: Any, backend: Any) -> None:
    """Deposits make allocations: where a fund has none yet, MAM may show no sum of them."""
    mam.says["mam-list-funds"] = "1|Account=a_x1||\n2|Account=other|5|5\n"
    mam.state["calls"].clear()

    backend.set_resource_limits("a_x1", {"deposit": 150})

    assert money(mam) == [["mam-deposit", "-a", "a_x1", "-z", "150", "-f", "1"]]


@pytest.mark.parametrize("row", ["1|Account=a_x1||150", "1|Account=a_x1|150|"])
@pytest.mark.usefixtures("resource")
def test_no_money_moves_on_half_of_what_a_fund_has(mam: Any, backend: Any, row: str) -> None:
    mam.says["mam-list-funds"] = row
    with pytest.raises(BackendUnavailableError, match="cannot be read"):
        backend.set_resource_limits("a_x1", {"deposit": 400})


def test_an_account_without_a_fund_is_told(mam: Any, backend: Any, resource: Any) -> None:
    mam.state["funds"].clear()

    with pytest.raises(BackendError, match="has no fund in MAM"):
        backend.set_resource_limits(resource.backend_id, {"deposit": 160})
    assert backend.get_resource_limits(resource.backend_id) == {}


@pytest.mark.usefixtures("resource")
def test_limits_of_other_components_are_not_mams(mam: Any, backend: Any) -> None:
    mam.state["calls"].clear()

    backend.set_resource_limits("a_x1", {"cpu": 5})

    assert mam.state["calls"] == []


class NoWaldur:
    """Nothing may be asked of it."""

    @property
    def gateway(self) -> object:
        raise AssertionError


def test_deposits_that_were_not_ordered_are_told_once_and_not_to_waldur(
    mam: Any, backend: Any, make_resource: Any, caplog: Any
) -> None:
    resources = [make_resource(backend_id=f"a_x{number}") for number in range(1, 9)]
    for resource in resources:
        backend.create_resource_with_id(resource, resource.backend_id)
    for fund in mam.state["funds"].values():
        fund["allocated"] = "300"
    mam.funds_of("a_x1")[0]["allocated"] = "150.000"

    for _ in range(2):
        caplog.clear()
        backend.begin_pass()
        for resource in resources:
            backend.sync_resource_limits(resource, NoWaldur())
        backend.end_pass()

        (told,) = caplog.messages
        assert told.startswith(
            "7 accounts were given other credits in MAM than were ordered: "
            "a_x2 (300 instead of 150), a_x3 (300 "
        )
        assert told.endswith("a_x6 (300 instead of 150), …")
    caplog.clear()
    backend.begin_pass()
    backend.end_pass()
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("limits", "component", "wanted"),
    [
        ({"deposit": 150}, {"accounting_type": "limit"}, 150),
        ({"deposit": 150}, {"accounting_type": "one"}, 150),
        ({"deposit": "1.50"}, {}, Decimal("1.5")),
        ({"deposit": 150}, {"accounting_type": "limit", "unit_factor": 60}, 150),
        ({"deposit": 150}, {"accounting_type": "limit", "limit": 1000}, 150),
        ({"deposit": 150}, {"accounting_type": "usage"}, None),
        ({}, {"accounting_type": "usage", "limit": 1000}, 1000),
        ({}, {"accounting_type": "limit", "limit": 1000}, None),
        ({"cpu": 3}, {"accounting_type": "limit"}, None),
        ({"deposit": None}, {"accounting_type": "limit"}, None),
        ({"deposit": -1}, {"accounting_type": "limit"}, None),
        ({"deposit": 0}, {"accounting_type": "limit"}, 0),
    ],
)
def test_what_an_account_is_to_be_given(
    limits: dict[str, Any], component: dict[str, Any], wanted: Any
) -> None:
    assert wanted_deposit(limits, component) == wanted


@pytest.mark.parametrize("amount", ["much", float("nan"), float("inf")])
def test_a_limit_that_is_no_number_is_told(amount: Any) -> None:
    with pytest.raises(BackendError, match=r"the limit of deposit: .* is no amount"):
        wanted_deposit({"deposit": amount}, {})


def test_a_fixed_limit_is_given_where_usage_is_billed(
    mam: Any, make_backend: Any, make_resource: Any
) -> None:
    backend = make_backend({"accounting_type": "usage", "limit": 1000})

    backend.create_resource_with_id(make_resource(limits={}), "a_x1")

    assert mam.given("a_x1") == 1000
    assert backend.get_resource_limits("a_x1") == {}, "it was not ordered"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**12))
def test_amounts_are_written_as_they_are_read(amount: Decimal) -> None:
    assert credits_of(written(amount)) == amount
    assert "E" not in written(amount)
