"""The environment variables that say how often things are done."""

from __future__ import annotations

import pytest

from waldur_site_agent.config import periods
from waldur_site_agent.config.problems import ConfigurationError

DEFAULTS = {
    "WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES": 5,
    "WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES": 30,
    "WALDUR_SITE_AGENT_MEMBERSHIP_SYNC_PERIOD_MINUTES": 5,
    "WALDUR_SITE_AGENT_RECONCILIATION_PERIOD_MINUTES": 60,
    "WALDUR_SITE_AGENT_STOMP_UNHEALTHY_AFTER_MINUTES": 15,
    "WALDUR_SITE_AGENT_STOMP_HANDLER_STUCK_AFTER_MINUTES": 30,
    "WALDUR_SITE_AGENT_RESOURCE_STATUS_RECONCILIATION_MINUTES": 60,
}
each_period = pytest.mark.parametrize("period", periods.ALL, ids=lambda one: one.variable)


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in DEFAULTS:
        monkeypatch.delenv(variable, raising=False)

    assert {one.variable: one.minutes() for one in periods.ALL} == DEFAULTS


@each_period
@pytest.mark.parametrize(("written", "minutes"), [("0.5", 0.5), (" 10 ", 10), ("1e2", 100)])
def test_takes_minutes_and_fractions(
    monkeypatch: pytest.MonkeyPatch, period: periods.Period, written: str, minutes: float
) -> None:
    monkeypatch.setenv(period.variable, written)

    assert period.minutes() == minutes


@each_period
def test_blank_is_unset(monkeypatch: pytest.MonkeyPatch, period: periods.Period) -> None:
    monkeypatch.setenv(period.variable, "  ")

    assert period.minutes() == period.default


@each_period
@pytest.mark.parametrize("written", ["soon", "-1", "nan", "inf", "5 minutes"])
def test_refuses_what_is_no_number_of_minutes(
    monkeypatch: pytest.MonkeyPatch, period: periods.Period, written: str
) -> None:
    monkeypatch.setenv(period.variable, written)

    with pytest.raises(ConfigurationError) as caught:
        period.minutes()

    (problem,) = caught.value.problems
    assert (problem.file, problem.key) == ("environment", period.variable)
    assert problem.found == repr(written)


def test_zero_switches_off_only_what_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(periods.RESOURCE_STATUS_RECONCILIATION.variable, "0")
    monkeypatch.setenv(periods.REPORT.variable, "0")

    assert periods.RESOURCE_STATUS_RECONCILIATION.minutes() == 0
    with pytest.raises(ConfigurationError, match="above 0"):
        periods.REPORT.minutes()


def test_the_order_period_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(periods.ORDER_PROCESS.variable, "0.5")

    assert periods.order_process_seconds() == 30
