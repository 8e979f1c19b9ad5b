"""Measuring many accounts in one span of time, by one sacct, and two more if jobs are suspended."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import Measured
from waldur_site_agent_slurm.accounting import Ledger
from waldur_site_agent_slurm.job_rows import parse_job
from waldur_site_agent_slurm.names import account_name
from waldur_site_agent_slurm.suspensions import in_window, seconds_by_run
from waldur_site_agent_slurm.windows import EARLIEST, Window

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.job_rows import Run
    from waldur_site_agent_slurm.snapshot import AssociationSnapshot
    from waldur_site_agent_slurm.usage_rules import UsageRules


def measure(
    client: SlurmClient,
    rules: UsageRules,
    resource_ids: Iterable[str],
    window: Window,
) -> Measured:
    """Measure what accounts used in a window.

    An account that is neither on the cluster nor has jobs there was not idle: nobody can tell.
    sacct answers just so, and without a word, where it does not know the cluster.

    Args:
        client: the cluster.
        rules: what used TRES mean.
        resource_ids: the accounts' names, in any case.
        window: not empty.

    Raises:
        BackendUnavailableError: Slurm could not be asked, or its answer could not be read to its
            end.
    """
    accounts, refused = _accounts(resource_ids)
    wanted = frozenset(accounts.values())
    with client.one_view():
        there = client.snapshot()
        ledger = _read(client, Ledger(wanted, tres=rules.tres, longest=window.seconds), window)
    unknown = _unknown(ledger, there)
    lost = {one: unknown[name] for one, name in accounts.items() if name in unknown}
    report = {
        one: rules.to_waldur(ledger.of(name))
        for one, name in accounts.items()
        if name not in unknown
    }
    return Measured(report=report, unmeasured=refused | lost)


def _unknown(ledger: Ledger, there: AssociationSnapshot) -> dict[str, str]:
    """Accounts of which nobody can tell what they used, and why."""
    missing = {
        name: f"there is no Slurm account {name!r} on the cluster"
        for name in ledger.accounts
        if not ledger.of(name) and not there.account(name)
    }
    return missing | ledger.unreadable


def _read(client: SlurmClient, ledger: Ledger, window: Window) -> Ledger:
    with closing(client.read_jobs(ledger.accounts, window)) as lines:
        for line in lines:
            ledger.add(parse_job(line))
    _count_suspended(client, ledger, window)
    return ledger


def _count_suspended(client: SlurmClient, ledger: Ledger, window: Window) -> None:
    if not ledger.suspended:
        return
    jobs = {row.run[0] for row in ledger.suspended}
    whole = _runs(client, jobs, Window(EARLIEST, window.end), is_cut=False)
    before = _runs(client, jobs, Window(EARLIEST, window.start), is_cut=True)
    for row in in_window(ledger.suspended, whole=whole, before=before):
        ledger.count(row)


def _runs(
    client: SlurmClient, jobs: Collection[str], window: Window, *, is_cut: bool
) -> dict[Run, int]:
    with closing(client.read_runs(jobs, window, is_cut=is_cut)) as lines:
        return seconds_by_run(map(parse_job, lines))


def _accounts(resource_ids: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Names of accounts by id, and why other ids are none."""
    accounts: dict[str, str] = {}
    refused: dict[str, str] = {}
    for resource_id in resource_ids:
        try:
            accounts[resource_id] = account_name(resource_id.strip())
        except BackendError as error:
            refused[resource_id] = str(error)
    return accounts, refused
