"""What a scrape shows of what was counted."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.backend import commands
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.metrics import counting, recording
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import small_world
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status

if TYPE_CHECKING:
    from conftest import Scraped

PREFIX = "waldur_site_agent"


@pytest.mark.parametrize(
    ("outcome", "went_through"),
    [("done", True), ("left", True), ("failed", False), ("crashed", False), ("stopped", False)],
)
def test_a_pass(scraped: Scraped, *, outcome: str, went_through: bool) -> None:
    counting.pass_ended(offering="HPC", mode="report", outcome=outcome, seconds=2)

    labels = f'mode="report",offering="HPC",outcome="{outcome}"'
    assert scraped[f"{PREFIX}_pass_duration_seconds_sum{{{labels}}}"] == 2
    last = f'{PREFIX}_last_success_timestamp_seconds{{mode="report",offering="HPC"}}'
    assert (last in scraped) is went_through


def test_changes_add_up_and_none_is_no_series(scraped: Scraped) -> None:
    for number in (2, 3, 0):
        counting.changed(offering="HPC", kind="member_added", outcome="done", number=number)
    counting.changed(offering="HPC", kind="member_removed", outcome="done", number=0)

    added = f'{PREFIX}_changes_total{{kind="member_added",offering="HPC",outcome="done"}}'
    assert scraped[added] == 5
    assert not any("member_removed" in line for line in scraped.lines)


def test_what_is_watched_is_read_when_somebody_looks(scraped: Scraped) -> None:
    waiting = [1, 2, 3]
    counting.watch_queue("HPC", depth=lambda: len(waiting), oldest_seconds=lambda: 7.5)
    waiting.append(4)

    assert scraped[f'{PREFIX}_queue_depth{{offering="HPC"}}'] == 4
    assert scraped[f'{PREFIX}_queue_oldest_seconds{{offering="HPC"}}'] == 7.5
    counting.stop_watching("HPC")
    assert f'{PREFIX}_queue_depth{{offering="HPC"}}' not in scraped


def test_no_metric_is_told_twice(scraped: Scraped) -> None:
    counting.watch_progress(lambda: 1)
    counting.watch_queue("HPC", depth=lambda: 1, oldest_seconds=lambda: 1)
    counting.watch_connection("HPC", is_up=lambda: True)
    counting.agent_is(version="2.0.0", mode="report")
    names = [line.split()[2] for line in scraped.lines if line.startswith("# TYPE")]

    assert len(names) == len(set(names))
    assert scraped[f"{PREFIX}_progress_age_seconds"] == 1
    assert scraped[f'{PREFIX}_events_connected{{offering="HPC"}}'] == 1
    counting.stop_watching("HPC")


def test_series_do_not_grow_without_bound(scraped: Scraped) -> None:
    for number in range(10):
        counting.command_ran(program=f"tool-{number}", outcome="ok", seconds=1)

    count = f"{PREFIX}_backend_command_duration_seconds_count"
    assert sum(line.startswith(count) for line in scraped.lines) == 4
    assert scraped[f'{count}{{outcome="other",program="other"}}'] == 7


@pytest.mark.parametrize(
    ("script", "outcome"), [("true", "ok"), ("exit 3", "failed"), ("sleep 60", "no_answer")]
)
def test_commands_are_counted_by_program_without_their_arguments(
    scraped: Scraped, script: str, outcome: str
) -> None:
    try:
        commands.run(["/bin/sh", "-c", script, "hunter2"], timeout=0.2)
    except BackendUnavailableError:
        assert outcome == "no_answer"

    labels = f'outcome="{outcome}",program="sh"'
    assert scraped[f"{PREFIX}_backend_command_duration_seconds_count{{{labels}}}"] == 1
    assert not any("hunter2" in line for line in scraped.lines)


def test_a_program_that_is_not_there_is_counted_too(scraped: Scraped) -> None:
    with pytest.raises(BackendUnavailableError):
        commands.run(["/no/such/program"], timeout=1)

    labels = 'outcome="no_answer",program="program"'
    assert scraped[f"{PREFIX}_backend_command_duration_seconds_count{{{labels}}}"] == 1


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (None, "ok"),
        (Status(503), "failed"),
        (Status(429), "failed"),
        (Status(403), "refused"),
        (DropConnection(), "no_answer"),
    ],
)
def test_requests_are_counted_by_the_gateways_name_for_them(
    scraped: Scraped, fault: Status | DropConnection | None, outcome: str
) -> None:
    small = small_world()
    if fault:
        small.world.faults.add(match="*", action=fault, times=None)
    settings = ConnectionSettings(
        api_url="https://waldur.example.org/api/",
        token=small.token,
        retries=RetryPolicy(attempts=1),
    )
    with Waldur(Transport(settings, network=transport(small.world))) as waldur:
        try:
            waldur.server.current_user()
        except WaldurError:
            assert fault

    labels = f'operation="server.current_user",outcome="{outcome}"'
    assert scraped[f"{PREFIX}_waldur_request_duration_seconds_count{{{labels}}}"] == 1


def test_without_a_recorder_nothing_is_kept_and_nothing_loaded() -> None:
    program = (
        "import sys; from waldur_site_agent.metrics import counting;"
        "counting.changed(offering='HPC', kind='usage', outcome='left');"
        "sys.exit('prometheus_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 - our own words


def test_the_last_recorder_is_let_go(scraped: Scraped) -> None:
    recording.record_to(None)
    counting.changed(offering="HPC", kind="usage", outcome="left")

    assert not any("usage" in line for line in scraped.lines)
