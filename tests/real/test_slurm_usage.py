"""Usage on a real Slurm, against sums over slurmdbd's own tables by SQL, to the last unit."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent_testkit.slurm.job_table import (
    FAILED,
    NODE_FAIL,
    SUSPENDED,
    TIMEOUT,
    JobTable,
    PastJob,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from waldur_site_agent.backend.structures import ResourceUsage, UsageReport
    from waldur_site_agent_testkit.slurm.job_table import Used

TRES = ("cpu", "mem", "node", "billing", "gres/gpu", "gres/gpu:a100")
COMPONENTS = {name: {"unit_factor": 1, "accounting_type": "usage"} for name in TRES}
ACCOUNTS = ("a_x1", "a_x2", "A_Mixed")
DAY = 86400
TRIES = 5
LONGEST_WAIT = 180
"""A job's limit is in whole minutes, and slurmctld looks twice a minute."""
STATE = "SELECT state FROM {cluster}_job_table WHERE id_job = {job}"
NODE = "1=64,2=1536,4=1,5=64"
WITH_GPUS = "1=8,2=800,4=2,5=8,1001=4,1002=4"


@pytest.fixture
def jobs(slurm: Any) -> Iterator[JobTable]:
    table = JobTable(slurm.layout)
    table.clear()
    yield table
    table.withdraw()
    running = table.unfinished()
    if running:
        slurm.run("scancel", *running)
        slurm.wait_until("jobs ended", lambda: not table.unfinished())


@pytest.fixture
def backend(make_backend: Any, make_resource: Any, people: tuple[str, ...]) -> Any:
    made = make_backend(COMPONENTS)
    for name in ACCOUNTS:
        resource = make_resource(backend_id=name)
        made.create_resource_with_id(resource, name)
        made.add_users_to_resource(resource, set(people[:3]))
    return made


def moment(year: int, month: int, *, zone: str = "UTC") -> int:
    """A month's first second."""
    return int(datetime(year, month, 1, tzinfo=ZoneInfo(zone)).timestamp())


def in_minutes(used: Mapping[str, int]) -> dict[str, float]:
    return {name: float(Fraction(used.get(name, 0), 60)) for name in TRES}


def expected(used: Used) -> UsageReport:
    """What the plugin has to report, in minutes, of what the tables show in seconds."""
    return {name: expected_of(used.get(name.lower(), {})) for name in ACCOUNTS}


def expected_of(users: Mapping[str, Mapping[str, int]]) -> ResourceUsage:
    whole = {name: sum(of.get(name, 0) for of in users.values()) for name in TRES}
    return {
        TOTAL_ACCOUNT_USAGE: in_minutes(whole),
        **{user: in_minutes(of) for user, of in users.items() if any(of.values())},
    }


def asked_window(slurm: Any) -> tuple[int, int]:
    """The window for which sacct was asked first; then it is asked about suspended jobs."""
    command, *_ = [line for line in slurm.commands() if line.startswith("sacct ")]
    start, end = re.findall(r"--(?:start|end)time=uts(\d+)", command)
    return int(start), int(end)


def past_jobs(people: tuple[str, ...]) -> list[PastJob]:
    """All that can lie around the edges of January 2024."""
    ann, ben, cat = people[:3]
    january, february, march = moment(2024, 1), moment(2024, 2), moment(2024, 3)
    first = {"account": "a_x1", "user": ann, "held": NODE}
    return [
        PastJob(job_id=1, start=january, end=january + 3600, **first),
        PastJob(job_id=2, start=january - 600, end=january, **first),
        PastJob(job_id=3, start=january - 600, end=january + 1, **first),
        PastJob(job_id=4, start=february - 1, end=february, **first),
        PastJob(job_id=5, start=february - 1, end=february + 7, **first),
        PastJob(job_id=6, start=february, end=february + 100, **first),
        PastJob(job_id=7, start=january + 9, end=january + 9, **first),
        PastJob(job_id=8, start=january - 99 * DAY, end=march + 5 * DAY, **first),
        PastJob(job_id=9, start=january + 5, end=january + 105, state=NODE_FAIL, **first),
        PastJob(job_id=9, start=january + 205, end=january + 215, **first),
        PastJob(
            job_id=10,
            start=january + 10 * DAY,
            end=february + DAY,
            account="a_x1",
            user=ben,
            held=WITH_GPUS,
            suspended=(
                (january + 11 * DAY, january + 12 * DAY + 17),
                (february - 60, february + 90),
            ),
        ),
        PastJob(
            job_id=11,
            start=january + DAY,
            end=january + 2 * DAY + 7,
            account="A_MIXED",
            user=cat,
            held="1=3,2=333,4=1,5=3,1001=1",
            state=TIMEOUT,
            waited=40 * DAY,
        ),
        PastJob(
            job_id=12,
            start=january + DAY,
            end=january + DAY + 1,
            account="a_mixed",
            user=ben,
            held="1=1,2=1,4=1,5=1,1001=2,1002=1",
            asked="1=7",
            state=FAILED,
        ),
    ]


def test_past_months_are_what_the_tables_hold_and_add_up(
    slurm: Any, backend: Any, jobs: JobTable, people: tuple[str, ...]
) -> None:
    jobs.put(*past_jobs(people))
    months = [(2023, month) for month in range(8, 13)] + [(2024, month) for month in range(1, 6)]
    reports = []
    for year, month in months:
        slurm.reset_commands()
        measured = backend.measure_usage(ACCOUNTS, year, month)
        start, end = asked_window(slurm)
        assert (start, end) == (moment(year, month), moment(year + month // 12, month % 12 + 1))
        assert measured.report == expected(jobs.used(start, end))
        assert not measured.unmeasured
        reports.append(measured.report)
    whole = expected(jobs.used(moment(2023, 8), moment(2024, 6)))
    for account in ACCOUNTS:
        for tres in TRES:
            parts = sum(report[account][TOTAL_ACCOUNT_USAGE][tres] for report in reports)
            assert parts == pytest.approx(whole[account][TOTAL_ACCOUNT_USAGE][tres], rel=1e-14)


@pytest.mark.parametrize("host", ["UTC0", "America/Denver"])
def test_a_month_is_the_sites_whatever_this_hosts_zone_is(
    backend: Any,
    jobs: JobTable,
    people: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    host: str,
) -> None:
    monkeypatch.setenv("TZ", host)
    edge = {"account": "a_x1", "user": people[0], "held": NODE}
    for zone in ("Etc/GMT+12", "Pacific/Kiritimati", "Europe/Tallinn", "Asia/Kathmandu"):
        jobs.clear()
        start, end = (moment(2024, month, zone=zone) for month in (3, 4))
        jobs.put(
            PastJob(job_id=1, start=start - 50, end=start + 3, **edge),
            PastJob(job_id=2, start=end - 4, end=end + 50, **edge),
        )
        backend.timezone = zone
        report = backend.measure_usage(ACCOUNTS, 2024, 3).report
        assert report["a_x1"][TOTAL_ACCOUNT_USAGE]["node"] == float(Fraction(7, 60))
        assert report == expected(jobs.used(start, end))


def test_jobs_that_are_suspended_now(backend: Any, jobs: JobTable, people: tuple[str, ...]) -> None:
    """Of a job that is suspended, sacct does not cut off the time since then."""
    edges = [moment(2024, month) for month in range(1, 6)]
    holding = {"account": "a_x1", "held": NODE, "state": SUSPENDED, "end": 0}
    for number, since in enumerate((edges[0] + 5, edges[1] - 1, edges[1], edges[2] + 9 * DAY)):
        start = edges[0] - DAY * number
        pauses = ((start + 10, start + 10 + number), (since, 0))
        user = people[number % 2]
        jobs.put(PastJob(job_id=90 + number, user=user, start=start, suspended=pauses, **holding))
    for month, (start, end) in enumerate(pairwise(edges), start=1):
        report = backend.measure_usage(ACCOUNTS, 2024, month).report
        assert report == expected(jobs.used(start, end))
    assert backend.measure_usage(ACCOUNTS, 2024, 4).report["a_x1"].keys() == {TOTAL_ACCOUNT_USAGE}


def test_requested_tres(make_backend: Any, backend: Any, jobs: JobTable, people: Any) -> None:
    jobs.put(*past_jobs(people))
    report = (
        make_backend(COMPONENTS, usage_tres="requested").measure_usage(["A_Mixed"], 2024, 1).report
    )
    assert report["A_Mixed"][people[1]]["cpu"] == float(Fraction(7, 60))
    assert backend.measure_usage(["A_Mixed"], 2024, 1).report["A_Mixed"][people[1]]["cpu"] == float(
        Fraction(1, 60)
    )


def test_jobs_of_every_kind(
    slurm: Any, backend: Any, jobs: JobTable, people: tuple[str, ...], tmp_path: Path
) -> None:
    Campaign(slurm, jobs, people, tmp_path).run()
    # slurmdbd may correct a start by a second while it is being asked: then both are asked again.
    for _ in range(TRIES):
        slurm.reset_commands()
        measured = backend.measure_usage(ACCOUNTS, *this_month())
        start, end = asked_window(slurm)
        by_tables = expected(jobs.used(start, end))
        if measured.report == by_tables:
            break
    assert measured.report == by_tables
    assert set(measured.report["a_x1"]) == {TOTAL_ACCOUNT_USAGE, *people[:3]}
    assert measured.report["a_x1"][TOTAL_ACCOUNT_USAGE]["gres/gpu:a100"] > 0
    assert measured.report["A_Mixed"][TOTAL_ACCOUNT_USAGE]["cpu"] > 0
    assert measured.report["a_x2"][TOTAL_ACCOUNT_USAGE]["cpu"] > 0


def this_month() -> tuple[int, int]:
    now = datetime.now(UTC)
    return now.year, now.month


class Campaign:
    """Jobs that end in all the ways in which jobs end, and some that run on."""

    def __init__(self, slurm: Any, jobs: JobTable, people: tuple[str, ...], folder: Path) -> None:
        self._slurm = slurm
        self._jobs = jobs
        self._ann, self._ben, self._cat = people[:3]
        self._folder = folder
        self._running: set[str] = set()

    def run(self) -> None:
        """Submit them, and come back when slurmdbd has heard of all that there is."""
        timed_out = self._submit(self._ann, seconds=600, options=["--time=1"])
        self._short_ones()
        self._resized()
        self._suspended()
        self._requeued()
        self._cancelled()
        self._heterogeneous()
        self._running_on()
        self._slurm.wait_until(
            "all jobs accounted",
            lambda: self._jobs.unfinished() == self._running,
            seconds=LONGEST_WAIT,
        )
        assert self._jobs.ask(STATE, job=timed_out) == [[str(TIMEOUT)]]

    def _submit(self, user: str, account: str = "a_x1", **how: Any) -> str:
        return str(self._slurm.submit(user, account, **how))

    def _short_ones(self) -> None:
        self._submit(self._ann, seconds=1)
        self._submit(self._ben, seconds=0, options=["--array=1-5", "--cpus-per-task=2"])
        self._submit(self._ben, seconds=1, options=["--nodes=2", "--ntasks-per-node=3"])
        self._submit(self._cat, seconds=1, options=["--gres=gpu:a100:2"])
        self._submit(self._cat, seconds=2, options=["--gres=gpu:1", "--mem=1536"])
        self._submit(self._cat, "A_MIXED", seconds=1, options=["--exclusive"])
        self._submit(self._ann, options=["--chdir=/nowhere", "--error=/nowhere/at/all"])

    def _resized(self) -> None:
        job = self._started(self._ben, options=["--nodes=2"])
        self._slurm.run("scontrol", "update", f"jobid={job}", "numnodes=1")
        self._slurm.run("scancel", job)

    def _suspended(self) -> None:
        job = self._started(self._cat)
        self._slurm.run("scontrol", "suspend", job)
        self._slurm.wait_for_job(job, "SUSPENDED")
        self._slurm.run("scontrol", "resume", job)
        self._slurm.wait_for_job(job, "RUNNING")
        self._slurm.run("scancel", job)

    def _requeued(self) -> None:
        job = self._started(self._ann, options=["--requeue"])
        self._slurm.run("scontrol", "requeuehold", job)
        self._slurm.wait_for_job(job, "PENDING")
        self._slurm.run("scancel", job)

    def _cancelled(self) -> None:
        self._slurm.run("scancel", self._started(self._ben, "a_x2"))
        waiting = self._submit(self._ben, "a_x2", options=["--begin=now+1hour"])
        self._slurm.run("scancel", waiting)

    def _heterogeneous(self) -> None:
        script = self._folder / "heterogeneous"
        script.write_text(
            "#!/bin/sh\n"
            "#SBATCH --cpus-per-task=2\n#SBATCH hetjob\n#SBATCH --cpus-per-task=4\n"
            "sleep 1\n"
        )
        self._slurm.run(
            "sbatch",
            f"--uid={self._cat}",
            "--account=a_x2",
            "--chdir=/tmp",
            "--output=/dev/null",
            str(script),
        )

    def _running_on(self) -> None:
        self._paused_with_an_earlier_pause()
        for account in ACCOUNTS:
            job = self._started(self._ann, account, options=["--cpus-per-task=3"])
            self._slurm.wait_until_accounted(job)
            self._running.add(job)

    def _paused_with_an_earlier_pause(self) -> None:
        """A job that has run, paused, run, and is suspended when usage is measured."""
        job = self._started(self._cat, "a_x2")
        for what, state in (("suspend", "SUSPENDED"), ("resume", "RUNNING")):
            self._slurm.run("scontrol", what, job)
            self._slurm.wait_for_job(job, state)
            self._wait_for_next_second()
        self._slurm.run("scontrol", "suspend", job)
        self._running.add(job)

    def _wait_for_next_second(self) -> None:
        now = int(time.time())
        self._slurm.wait_until("the next second", lambda: time.time() >= now + 2)

    def _started(self, user: str, account: str = "a_x1", **how: Any) -> str:
        job = self._submit(user, account, **how)
        self._slurm.wait_for_job(job, "RUNNING")
        return job


def test_an_unknown_cluster_is_not_an_idle_one(make_backend: Any) -> None:
    with pytest.raises(BackendUnavailableError, match="cluster_name"):
        make_backend(COMPONENTS, cluster_name="nosuch").measure_usage(ACCOUNTS, 2024, 1)


def test_nothing_is_reported_while_slurmdbd_is_down(
    slurm: Any, backend: Any, jobs: JobTable, people: tuple[str, ...]
) -> None:
    jobs.put(*past_jobs(people))
    backend.begin_pass()
    backend.client.snapshot()
    slurm.stop_slurmdbd()
    try:
        with pytest.raises(BackendUnavailableError):
            backend.measure_usage(ACCOUNTS, 2024, 1)
    finally:
        slurm.start_slurmdbd()
    assert backend.measure_usage(ACCOUNTS, 2024, 1).report["a_x1"][people[0]]["cpu"] > 0
