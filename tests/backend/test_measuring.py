"""Measuring a month with the hooks that plugins for the 1.x agent have."""

# ruff: noqa: ARG002 - a plugin has the parameters of the contract

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.in_hand import having
from waldur_site_agent.backend.structures import BackendResourceInfo

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
USED = {"TOTAL_ACCOUNT_USAGE": {"cpu": 1.5}}


@pytest.fixture(autouse=True)
def present() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Plugin(BaseBackend):
    """A plugin with one hook; the rest is as it must be."""

    def __init__(self) -> None:
        super().__init__({}, {"cpu": {}})
        self.asked: list[list[str]] = []
        self.bad: dict[str, Exception] = {}
        self.idle: set[str] = set()
        self.answers = True
        self.meanwhile: Callable[[], None] = lambda: None

    def ping(self, raise_exception: bool = False) -> bool:
        return self.answers

    def diagnostics(self) -> bool:
        return True

    def list_components(self) -> list[str]:
        return ["cpu"]

    def _report(self, ids: list[str]) -> dict[str, Any]:
        self.asked.append(list(ids))
        self.meanwhile()
        for one in ids:
            if one in self.bad:
                raise self.bad[one]
        return {one: USED for one in ids if one not in self.idle}

    def _get_usage_report(self, resource_backend_ids: list[str]) -> dict[str, Any]:
        return self._report(resource_backend_ids)

    def _collect_resource_limits(self, waldur_resource: Any) -> Any:
        return {}, {}

    def _pre_create_resource(self, waldur_resource: Any, user_context: Any = None) -> None: ...

    def downscale_resource(self, resource_backend_id: str) -> bool:
        return True

    def pause_resource(self, resource_backend_id: str) -> bool:
        return True

    def restore_resource(self, resource_backend_id: str) -> bool:
        return True

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        return {}


class WithHistory(Plugin):
    def get_usage_report_for_period(
        self, resource_backend_ids: list[str], year: int, month: int, waldur_resource: Any = None
    ) -> dict[str, Any]:
        assert (year, month) == (2026, 10)
        return self._report(resource_backend_ids)


class Pulling(Plugin):
    """Knows usage together with a resource only, as some plugins for the 1.x agent do."""

    there = True

    def _get_usage_report(self, resource_backend_ids: list[str]) -> dict[str, Any]:
        return {}

    def _pull_backend_resource(self, resource_backend_id: str) -> BackendResourceInfo | None:
        if not self.there:
            return None
        return BackendResourceInfo(backend_id=resource_backend_id, usage=dict(USED))


def test_the_current_month_is_read_in_one_call() -> None:
    plugin = Plugin()
    plugin.idle = {"b"}
    measured = plugin.measure_usage(["a", "b"], 2026, 11)
    assert plugin.asked == [["a", "b"]]
    assert measured.report == {"a": USED}
    assert measured.unmeasured == {}
    assert measured.unrecorded == frozenset()


@pytest.mark.parametrize(("plugin", "month"), [(Plugin, 11), (WithHistory, 10)])
def test_one_resource_that_fails_stops_no_other(plugin: type[Plugin], month: int) -> None:
    backend = plugin()
    backend.bad = {"b": KeyError("b")}
    measured = backend.measure_usage(["a", "b", "c"], 2026, month)
    assert measured.report == {"a": USED, "c": USED}
    assert measured.unmeasured == {"b": "'b'"}
    assert measured.unrecorded == frozenset()


@pytest.mark.parametrize("answers", [True, False])
def test_a_backend_that_falls_silent_is_not_asked_on(answers: bool) -> None:
    plugin = Plugin()
    plugin.answers = answers
    error = BackendUnavailableError if answers else BackendError
    plugin.bad = {"a": error("no route")}
    measured = plugin.measure_usage(["a", "b", "c"], 2026, 11)
    assert measured.report == {}
    assert measured.unmeasured == dict.fromkeys("abc", "no route")
    assert len(plugin.asked) == 1


def test_one_that_falls_silent_later_keeps_what_was_read() -> None:
    plugin = Plugin()
    plugin.bad = {"b": BackendError("odd")}

    def fall_silent() -> None:
        plugin.answers = len(plugin.asked) < 3

    plugin.meanwhile = fall_silent
    measured = plugin.measure_usage(["a", "b", "c"], 2026, 11)
    assert measured.report == {"a": USED}
    assert set(measured.unmeasured) == {"b", "c"}
    assert plugin.asked == [["a", "b", "c"], ["a"], ["b"]]


def test_an_answer_after_the_months_end_is_not_believed(present: Any) -> None:
    plugin = Plugin()
    plugin.meanwhile = lambda: present.move_to(datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC))
    measured = plugin.measure_usage(["a"], 2026, 11)
    assert measured.report == {}
    assert "month ended" in measured.unmeasured["a"]


@pytest.mark.parametrize(
    ("zone", "current", "past"), [("UTC", 11, 10), ("Etc/GMT+12", 10, 9), ("Etc/GMT-14", 11, 10)]
)
def test_the_month_is_that_of_the_backends_zone(
    present: Any, zone: str, current: int, past: int
) -> None:
    present.move_to(datetime(2026, 11, 1, 11, 59, tzinfo=UTC))
    plugin = Plugin()
    plugin.timezone = zone
    assert plugin.measure_usage(["a"], 2026, current).report == {"a": USED}
    assert plugin.measure_usage(["a"], 2026, past).unrecorded == {"a"}


def test_a_past_month_that_is_not_on_record_is_no_failure() -> None:
    assert Plugin().measure_usage(["a"], 2026, 10).unrecorded == {"a"}
    plugin = WithHistory()
    plugin.idle = {"b"}
    measured = plugin.measure_usage(["a", "b"], 2026, 10)
    assert measured.report == {"a": USED}
    assert measured.unrecorded == {"b"}


class Looking(Plugin):
    """Wants the whole resource for its usage, as 1.x handed it over."""

    def pull_resource(self, waldur_resource: Any) -> BackendResourceInfo | None:
        if waldur_resource.name == "Gone":
            return None
        return BackendResourceInfo(usage={"TOTAL_ACCOUNT_USAGE": {"cpu": waldur_resource.share}})

    def get_usage_report_for_period(
        self, ids: list[str], year: int, month: int, waldur_resource: Any = None
    ) -> dict[str, Any]:
        share = waldur_resource.share if waldur_resource else 1
        return {one: {"TOTAL_ACCOUNT_USAGE": {"cpu": share}} for one in ids}


@dataclass
class Ordered:
    """As much of a resource as `Looking` looks at."""

    backend_id: str
    share: float
    name: str = ""


@pytest.mark.parametrize("month", [11, 10])
def test_a_plugin_that_looks_at_the_resource_is_shown_it(month: int) -> None:
    with having([Ordered("a", 0.25), Ordered("b", 0.5)]):
        measured = Looking().measure_usage(["a", "b"], 2026, month)

    used = {one: usage["TOTAL_ACCOUNT_USAGE"]["cpu"] for one, usage in measured.report.items()}
    assert used == {"a": 0.25, "b": 0.5}


def test_a_plugin_that_shows_no_resource_measured_nothing() -> None:
    with having([Ordered("a", 0.25, name="Gone"), Ordered("b", 0.5)]):
        measured = Looking().measure_usage(["a", "b"], 2026, 11)

    assert set(measured.report) == {"b"}
    assert "did not show it" in measured.unmeasured["a"]


def test_without_resources_in_hand_a_plugin_is_asked_by_ids() -> None:
    plugin = Looking()
    with having([Ordered("a", 0.25)]):
        pass

    assert plugin.measure_usage(["a"], 2026, 11).report == {"a": USED}
    assert plugin.asked == [["a"]]


def test_usage_that_is_known_by_pulling_only_is_found() -> None:
    plugin = Pulling()
    assert plugin.measure_usage(["a"], 2026, 11).report == {"a": USED}
    plugin.there = False
    measured = plugin.measure_usage(["a"], 2026, 11)
    assert measured.report == {}
    assert "did not show it" in measured.unmeasured["a"]


def test_reasons_and_log_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    plugin = Plugin()
    plugin.bad = {"a": BackendError("password=hunter2 refused")}
    with caplog.at_level(logging.WARNING):
        measured = plugin.measure_usage(["a"], 2026, 11)
    assert "refused" in measured.unmeasured["a"]
    assert "hunter2" not in measured.unmeasured["a"] + caplog.text
