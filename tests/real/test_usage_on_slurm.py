"""Usage of a real Slurm in Waldur, by the agent's own command."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.slurm.job_table import JobTable, PastJob

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conftest import Stand  # for readers; pytest injects the fixture

    from waldur_site_agent_testkit.mastermind.state import Resource

UNIT = {"cpu": 60 * 60000, "mem": 60 * 61440, "gres/gpu": 60 * 60}
"""TRES-seconds of one unit in Waldur."""
HOURS = 20 * 3600
JOB = "7|then|COMPLETED|hpc_alpha|wsa01|{}|cpu=1"
SOUND = JOB.format(999999)
FAILING = {
    "fails": f"echo '{SOUND}'; echo 'sacct: error: no' >&2; exit 1",
    "hangs": f"echo '{SOUND}'; exec sleep 1000",
    "is cut off": f"printf '{SOUND}\\n8|then'",
    "is killed": f"echo '{SOUND}'; kill -9 $$",
    "prints something else": f"echo '{JOB.format('01:00:00')}'",
}


@dataclass
class Reporting:
    """A resource with the team of twenty, whose jobs ran around the beginning of this month."""

    stand: Stand
    jobs: JobTable
    resource: Resource

    @property
    def first_day(self) -> date:
        return datetime.now(UTC).date().replace(day=1)

    def begin(self) -> int:
        """When this month began."""
        return int(datetime.combine(self.first_day, datetime.min.time(), UTC).timestamp())

    def run(self) -> tuple[int, str]:
        self.stand.slurm.reset_commands()
        self.stand.world.calls.clear()
        return self.stand.agent("-m", "report", "--once")

    def programs(self) -> list[str]:
        return [line.split()[0] for line in self.stand.slurm.commands()]

    def writes(self) -> list[str]:
        calls = self.stand.world.calls
        return [c.path for c in calls if c.method != "GET" and "usage" in c.path]

    def in_waldur(self) -> dict[tuple[str, str], Decimal]:
        """By user and component; the total has no user."""
        world = self.stand.world
        totals = world.usages(self.resource, self.first_day)
        return {
            **world.user_usages(self.resource, self.first_day),
            **{("", component): amount for component, amount in totals.items()},
        }

    def in_tables(self) -> dict[tuple[str, str], Decimal]:
        now = int(datetime.now(UTC).timestamp())
        users = self.jobs.used(self.begin(), now)["hpc_alpha"]
        parts = {(u, c): hundredths(of, c) for u, of in users.items() for c in UNIT}
        totals = {
            ("", c): sum((v for (_, k), v in parts.items() if k == c), Decimal(0)) for c in UNIT
        }
        return {**parts, **totals}


def hundredths(used: Mapping[str, int], component: str) -> Decimal:
    exact = Fraction(used.get(component, 0), UNIT[component])
    return (Decimal(exact.numerator) / exact.denominator).quantize(
        Decimal("0.01"), rounding=ROUND_HALF_UP
    )


@pytest.fixture
def reporting(stand: Stand, people: tuple[str, ...]) -> Iterator[Reporting]:
    text = stand.config_file.read_text()
    role = "order_processing_backend: slurm\n"
    stand.config_file.write_text(text.replace(role, f"{role}    reporting_backend: slurm\n"))
    stand.create("Alpha", cpu=2, mem=3)
    assert stand.agent()[0] == 0
    (resource,) = stand.world.state.resources.values()
    jobs = JobTable(stand.slurm.layout)
    jobs.clear()
    made = Reporting(stand, jobs, resource)
    edge, now = made.begin(), int(time.time())
    jobs.put(
        *(
            PastJob(
                job_id=number,
                account="HPC_Alpha",
                user=user,
                start=edge - number * HOURS,
                end=min(edge + number * 3607, now),
                held=f"1={60 + number},2={50000 * number},4=1,5=1,1001={number},1002={number}",
            )
            for number, user in enumerate(people[:3], start=1)
        )
    )
    yield made
    jobs.clear()


def test_usage_in_waldur_is_what_the_tables_hold_and_is_sent_once(
    reporting: Reporting, people: tuple[str, ...]
) -> None:
    code, output = reporting.run()
    assert code == 0, output
    assert reporting.in_waldur() == reporting.in_tables()
    assert reporting.in_waldur()["", "gres/gpu"] > 0
    assert reporting.programs().count("sacct") == len({"this month", "the one before"})

    code, output = reporting.run()
    assert (code, reporting.writes()) == (0, []), output

    now = int(time.time())
    more = PastJob(
        job_id=9,
        account="hpc_alpha",
        user=people[0],
        start=now - 100,
        end=now - 10,
        held="1001=4000",
    )
    reporting.jobs.put(more)
    code, output = reporting.run()
    assert code == 0, output
    assert reporting.writes()
    assert reporting.in_waldur() == reporting.in_tables()
    assert reporting.run()[0] == 0
    assert reporting.writes() == []


def test_nothing_is_reported_of_what_was_not_read_to_its_end(reporting: Reporting) -> None:
    sacct = reporting.stand.slurm.layout.bin_path / "sacct"
    sound = sacct.read_text()
    reporting.stand.set(command_timeout_seconds=2)
    try:
        for how, script in FAILING.items():
            sacct.write_text(f"#!/bin/sh\n{script}\n")
            code, output = reporting.run()
            assert (code, reporting.writes()) == (1, []), f"sacct {how}: {output}"
    finally:
        sacct.write_text(sound)
    reporting.stand.set(command_timeout_seconds=60)

    code, output = reporting.run()
    assert code == 0, output
    assert reporting.in_waldur() == reporting.in_tables()
