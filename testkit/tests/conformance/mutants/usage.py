"""Backends that get usage wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE, Measured
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from ..reference import FullBackend  # noqa: TID252 - see table.py
from .table import breaks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@breaks("a_report_has_its_form", "there is no TOTAL_ACCOUNT_USAGE")
class NoTotal(MemoryBackend):
    """Reports users alone."""

    def _get_usage_report(self, ids: list[str]) -> dict:
        report = super()._get_usage_report(ids)
        return _changed(report, lambda u: {k: v for k, v in u.items() if k != TOTAL_ACCOUNT_USAGE})


@breaks("a_report_has_its_form", "components under 'TOTAL_ACCOUNT_USAGE'")
class OwnComponents(MemoryBackend):
    """Reports components that the offering does not have."""

    def _get_usage_report(self, ids: list[str]) -> dict:
        report = super()._get_usage_report(ids)
        return _changed(report, lambda u: u | {TOTAL_ACCOUNT_USAGE: {"billing": 1.0}})


@breaks("a_report_has_its_form", "that are no amounts")
class NegativeUsage(MemoryBackend):
    """Reports less than nothing."""

    def _get_usage_report(self, ids: list[str]) -> dict:
        report = super()._get_usage_report(ids)
        return _changed(report, lambda u: u | {TOTAL_ACCOUNT_USAGE: {"cpu": -1.0}})


@breaks("usage_is_told_in_waldur_units", "the usage that is told")
class NativeUsage(MemoryBackend):
    """Reports usage in backend units."""

    def _get_usage_report(self, ids: list[str]) -> dict:
        report = super()._get_usage_report(ids)
        return _changed(
            report,
            lambda usage: {
                user: {name: v * self._factor(name) for name, v in amounts.items()}
                for user, amounts in usage.items()
            },
        )


@breaks("a_past_month_is_told_for_itself", "the usage that is told")
class OnlyTheCurrentMonth(MemoryBackend):
    """Reports the current month, whichever is asked for."""

    def get_usage_report_for_period(
        self, ids: list[str], year: int, month: int, resource: object = None
    ) -> dict:
        return self._get_usage_report(ids)


@breaks("a_report_pass_tells_waldur", "the pass says")
class MeasuresNothing(BulkBackend):
    """Measures nothing in bulk."""

    def measure_usage(self, ids: Sequence[str], year: int, month: int) -> Measured:
        return Measured(unmeasured=dict.fromkeys(ids, "no time"))


@breaks("what_cannot_be_measured_is_unmeasured", "_get_usage_report() in an outage")
class ZerosInAnOutage(MemoryBackend):
    """Reports zeros where it could not ask."""

    def _get_usage_report(self, ids: list[str]) -> dict:
        with suppress(BackendUnavailableError):
            return super()._get_usage_report(ids)
        return {one: {TOTAL_ACCOUNT_USAGE: {"cpu": 0.0}} for one in ids}


@breaks("what_cannot_be_measured_is_unmeasured", "unmeasured in an outage")
class IdleInAnOutage(BulkBackend):
    """Takes what it could not ask about for idle."""

    def measure_usage(self, ids: Sequence[str], year: int, month: int) -> Measured:
        with suppress(BackendUnavailableError):
            return super().measure_usage(ids, year, month)
        return Measured()


@breaks("days_are_told_in_their_form", "is no day of the month")
class AmericanDates(FullBackend):
    """Writes dates as people do."""

    def get_daily_usage_report_for_period(self, ids: list[str], year: int, month: int) -> dict:
        return {one: {f"{month}/1/{year}": {"cpu": 1.0}} for one in ids}


def _changed(report: dict, change: Callable[[dict], dict]) -> dict:
    return {backend_id: change(usage) for backend_id, usage in report.items()}
