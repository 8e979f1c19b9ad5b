"""slurmdbd's own tables: jobs put straight into them, and what jobs used, added up by SQL."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent_testkit.slurm.layout import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent_testkit.slurm.layout import Layout

SECONDS = 120
SUSPENDED, COMPLETED, FAILED, TIMEOUT, NODE_FAIL = 2, 3, 5, 6, 7
"""States as slurmdbd writes them."""

Used: TypeAlias = "dict[str, dict[str, dict[str, int]]]"
"""TRES-seconds by account, user and TRES; memory in MB."""

PUT = """\
INSERT INTO {cluster}_job_table (job_name, id_assoc, id_job, id_resv, id_wckey, id_user, id_group,
  het_job_id, het_job_offset, state_reason_prev, nodes_alloc, `partition`, priority, state,
  cpus_req, account, time_submit, time_eligible, time_start, time_end, time_suspended,
  tres_alloc, tres_req)
SELECT 'past', id_assoc, {job_id}, 0, 0, 0, 0, 0, 4294967294, 0, 1, 'main', 1, {state}, 1,
  '{account}', {submitted}, {submitted}, {start}, {end}, {suspended}, '{held}', '{asked}'
FROM {cluster}_assoc_table WHERE acct = LOWER('{account}') AND user = '{user}' AND NOT deleted
"""
SUSPEND = """\
INSERT INTO {cluster}_suspend_table (job_db_inx, id_assoc, time_start, time_end)
SELECT job_db_inx, id_assoc, {start}, {end} FROM {cluster}_job_table
WHERE id_job = {job_id} AND time_submit = {submitted}
"""
USED = """\
SELECT a.acct, a.user, j.tres_alloc,
  SUM(LEAST(IF(j.time_end, j.time_end, {end}), {end}) - GREATEST(j.time_start, {start})
    - IFNULL((SELECT SUM(GREATEST(0, LEAST(IF(s.time_end, s.time_end, {end}), {end})
      - GREATEST(s.time_start, {start})))
      FROM {cluster}_suspend_table s WHERE s.job_db_inx = j.job_db_inx), 0))
FROM {cluster}_job_table j JOIN {cluster}_assoc_table a USING (id_assoc)
WHERE j.time_start AND j.time_start < {end} AND (NOT j.time_end OR j.time_end > {start})
GROUP BY a.acct, a.user, j.tres_alloc
"""
MANY = """\
INSERT INTO {cluster}_job_table (job_name, id_assoc, id_job, id_resv, id_wckey, id_user, id_group,
  het_job_id, het_job_offset, state_reason_prev, nodes_alloc, `partition`, priority, state,
  cpus_req, account, time_submit, time_eligible, time_start, time_end, tres_alloc, tres_req)
SELECT 'past', id_assoc, {first} + seq, 0, 0, 0, 0, 0, 4294967294, 0, 1, 'main', 1, 3, 1, acct,
  {start} + seq * 7919 % {spread}, {start} + seq * 7919 % {spread},
  {start} + seq * 7919 % {spread}, {start} + seq * 7919 % {spread} + 60 + seq % 86000,
  CONCAT('1=', 1 + seq % 64, ',2=', 100 + seq % 5000, ',4=1,5=1'), '1=1,2=100,4=1'
FROM seq_1_to_{count} JOIN (
  SELECT id_assoc, acct, ROW_NUMBER() OVER (ORDER BY id_assoc) - 1 AS place, COUNT(*) OVER () AS n
  FROM {cluster}_assoc_table WHERE user != '' AND acct != 'root' AND NOT deleted
) a ON a.place = seq % a.n
"""


@dataclass(frozen=True, kw_only=True)
class PastJob:
    """A job as slurmdbd keeps it; moments in seconds since the epoch."""

    job_id: int
    account: str
    user: str
    start: int
    end: int
    held: str
    """By slurmdbd's numbers: ``1=2,2=100`` is two CPUs and 100 MB."""
    asked: str = "1=1"
    state: int = COMPLETED
    waited: int = 1
    suspended: tuple[tuple[int, int], ...] = ()
    """From when to when; the last one may have no end (0)."""


class JobTable:
    """The tables of one cluster, beside slurmdbd."""

    def __init__(self, layout: Layout) -> None:
        """Take a cluster whose database runs."""
        self._socket = layout.run / "mariadbd.socket"
        self._cluster = layout.cluster

    def ask(self, statement: str, **values: object) -> list[list[str]]:
        """Run a statement, with the cluster's name and values filled in, and read its rows.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        program = ["/usr/bin/mariadb", "--no-defaults", f"--socket={self._socket}", "-N", "-B"]
        done = subprocess.run(  # noqa: S603 - tests choose the statement
            [*program, DATABASE],
            input=statement.format(cluster=self._cluster, **values),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=SECONDS,
        )
        return [line.split("\t") for line in done.stdout.splitlines()]

    def clear(self) -> None:
        """Forget all jobs; none may be running."""
        self.ask("DELETE FROM {cluster}_job_table; DELETE FROM {cluster}_suspend_table")

    def withdraw(self) -> None:
        """Forget the jobs that were put, before Slurm takes one without an end for running."""
        self.ask("DELETE FROM {cluster}_job_table WHERE job_name = 'past'")

    def put(self, *jobs: PastJob) -> None:
        """Add jobs of users who are on their accounts."""
        for job in jobs:
            submitted = job.start - job.waited
            self.ask(PUT, **{**vars(job), "submitted": submitted, "suspended": _suspended(job)})
            for start, end in job.suspended:
                self.ask(SUSPEND, job_id=job.job_id, submitted=submitted, start=start, end=end)

    def put_many(self, count: int, *, first: int, start: int, spread: int) -> None:
        """Add jobs to all users of all accounts in turn.

        Args:
            count: how many.
            first: their ids come after this one.
            start: when the first one started.
            spread: seconds within which the others started.
        """
        self.ask(MANY, count=count, first=first, start=start, spread=spread)

    def unfinished(self) -> set[str]:
        """Ids of jobs that have no end."""
        return {
            row[0] for row in self.ask("SELECT id_job FROM {cluster}_job_table WHERE NOT time_end")
        }

    def used(self, start: int, end: int) -> Used:
        """Add up what jobs held between two moments, without Slurm's own commands."""
        names = self._tres_names()
        used: Used = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        for account, user, held, seconds in self.ask(USED, start=start, end=end):
            for item in filter(None, held.split(",")):
                number, amount = item.split("=")
                used[account][user][names[number]] += int(amount) * int(seconds)
        return {
            account: {u: dict(of) for u, of in users.items()} for account, users in used.items()
        }

    def _tres_names(self) -> Mapping[str, str]:
        rows = self.ask("SELECT id, type, name FROM tres_table")
        return {number: "/".join(filter(None, name)) for number, *name in rows}


def _suspended(job: PastJob) -> int:
    """What slurmdbd writes: seconds, and while a suspension goes on, its beginning less those."""
    seconds = sum(end - start for start, end in job.suspended if end)
    began = [start for start, end in job.suspended if not end]
    return began[0] - seconds if began else seconds
