"""Usage: the report's form, its units, and what is not known."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE, Measured
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import DAILY, HISTORY, USAGE
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.stage import TEAM
from waldur_site_agent_testkit.conformance.subject import Facet, Used

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.waldur.models import Resource
    from waldur_site_agent_testkit.conformance.stage import Stage


OUTAGE = (Facet.SET_REACHABLE,)
USING = (Facet.USE,)


@rule(USAGE, "_get_usage_report", "measure_usage", promise=2)
def a_report_has_its_form(stage: Stage) -> None:
    """A usage report is by resource, then by user and in all, then by component.

    In all is ``TOTAL_ACCOUNT_USAGE``. Components are the offering's, amounts are numbers and not
    negative.
    """
    created = stage.created()
    if stage.subject.use:
        _use(stage, created, stage.this_month, 2)
    with stage.passing() as backend:
        report = backend._get_usage_report([created.backend_id])  # noqa: SLF001 - the contract names it so
        measured = backend.measure_usage([created.backend_id], *stage.this_month)
    for found in (report, measured.report):
        expect.true(set(found) <= {created.backend_id}, f"the report is about {sorted(found)}")
        for usage in found.values():
            _check_form(stage, usage)


@rule(USAGE, "_get_usage_report", "measure_usage", promise=2, needs=USING)
def usage_is_told_in_waldur_units(stage: Stage) -> None:
    """What was used is told exactly, in Waldur units, for each user and in all."""
    created = stage.created()
    first, second = TEAM[:2]
    _use(stage, created, stage.this_month, 2.5, who=first)
    _use(stage, created, stage.this_month, 1.25, who=second)
    told = _measure(stage, created, stage.this_month).report.get(created.backend_id, {})
    _check_told(stage, told, {first: 2.5, second: 1.25})


@rule(HISTORY, "get_usage_report_for_period", "measure_usage", promise=2, needs=USING)
def a_past_month_is_told_for_itself(stage: Stage) -> None:
    """What was used in a past month is told for that month, and not for the current one.

    Or it is said to be unrecorded, by a backend that keeps no months.
    """
    created = stage.created()
    _use(stage, created, stage.last_month, 3)
    _use(stage, created, stage.this_month, 2)
    past = _measure(stage, created, stage.last_month)
    if created.backend_id not in past.unrecorded:
        _check_told(stage, past.report.get(created.backend_id, {}), {TEAM[0]: 3})
        present = _measure(stage, created, stage.this_month)
        _check_told(stage, present.report.get(created.backend_id, {}), {TEAM[0]: 2})


@rule(USAGE, "measure_usage", promise=2, needs=USING)
def a_report_pass_tells_waldur(stage: Stage) -> None:
    """A report pass ends with what was used in Waldur, for each user and in all."""
    created = stage.created()
    _use(stage, created, stage.this_month, 2)
    report = stage.agent().usage()
    expect.true(not report.failed, f"the pass says {dict(report.counts)} {report.given_up}")
    record = stage.record(created)
    first = datetime(*stage.this_month, 1, tzinfo=UTC).date()
    found = {name: float(v) for name, v in stage.world.usages(record, first).items() if v}
    expect.equal(found, stage.used(2), "the usage in Waldur")


@rule(USAGE, "_get_usage_report", "measure_usage", promise=3, needs=OUTAGE)
def what_cannot_be_measured_is_unmeasured(stage: Stage) -> None:
    """While the system cannot be reached, usage is unmeasured, or reading it raises.

    It is never zero.
    """
    created = stage.created()
    ids = [created.backend_id]
    with stage.outage():
        backend = stage.subject.backend()
        expect.raises(
            Exception,
            lambda: backend._get_usage_report(ids),  # noqa: SLF001 - the contract names it so
            "_get_usage_report() in an outage",
        )
        measured = expect.unless_raised(
            lambda: backend.measure_usage(ids, *stage.this_month),
            default=Measured(unmeasured=dict.fromkeys(ids, "raised")),
        )
    unmeasured = measured.unmeasured if isinstance(measured, Measured) else {}
    expect.equal(set(unmeasured), set(ids), "what measure_usage says is unmeasured in an outage")


@rule(DAILY, "get_daily_usage_report_for_period", promise=2)
def days_are_told_in_their_form(stage: Stage) -> None:
    """A daily report is by resource, then by day of the month as YYYY-MM-DD, then by component."""
    created = stage.created()
    year, month = stage.this_month
    with stage.passing() as backend:
        report = backend.get_daily_usage_report_for_period([created.backend_id], year, month)
    for day, amounts in report.get(created.backend_id, {}).items():
        expect.true(day != TOTAL_ACCOUNT_USAGE, "a daily report has days, and no total")
        expect.true(day.startswith(f"{year:04}-{month:02}-"), f"{day!r} is no day of the month")
        foreign = sorted(set(amounts) - set(stage.components))
        expect.equal(foreign, [], f"components on {day} that the offering does not have")


def _use(
    stage: Stage, resource: Resource, month: tuple[int, int], amount: float, *, who: str = TEAM[0]
) -> None:
    """Have somebody use so much of every component."""
    if stage.subject.use:
        year, number = month
        stage.subject.use(
            Used(
                backend_id=resource.backend_id,
                username=who,
                year=year,
                month=number,
                amounts=stage.used(amount),
            )
        )


def _measure(stage: Stage, resource: Resource, month: tuple[int, int]) -> Measured:
    with stage.passing() as backend:
        return backend.measure_usage([resource.backend_id], *month)


def _check_told(
    stage: Stage, usage: Mapping[str, Mapping[str, float]], amounts: Mapping[str, float]
) -> None:
    """Expect each user to have used an amount of every component, and all of them the sum."""
    told = {user: {c: v for c, v in of.items() if v} for user, of in usage.items()}
    wanted = {TOTAL_ACCOUNT_USAGE: stage.used(sum(amounts.values()))}
    for user in amounts:
        (listed,) = stage.normal([user])
        wanted[listed] = stage.used(amounts[user])
    expect.equal({name: v for name, v in told.items() if v}, wanted, "the usage that is told")


def _check_form(stage: Stage, usage: Mapping[str, Mapping[str, object]]) -> None:
    expect.true(TOTAL_ACCOUNT_USAGE in usage, f"there is no {TOTAL_ACCOUNT_USAGE} in {usage!r}")
    for user, amounts in usage.items():
        foreign = sorted(set(amounts) - set(stage.components))
        expect.equal(foreign, [], f"components under {user!r} that the offering does not have")
        odd = {name: v for name, v in amounts.items() if not _is_amount(v)}
        expect.equal(odd, {}, f"amounts under {user!r} that are no amounts")


def _is_amount(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value >= 0
