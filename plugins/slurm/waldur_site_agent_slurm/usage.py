"""Measuring many accounts in one span of time, by one sacct."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import Measured
from waldur_site_agent_slurm.accounting import Ledger
from waldur_site_agent_slurm.names import account_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.usage_rules import UsageRules
    from waldur_site_agent_slurm.windows import Window


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
    ledger = Ledger(accounts=wanted, tres=rules.tres, longest=window.seconds)
    with client.one_view():
        there = client.snapshot()
        with closing(client.read_jobs(wanted, window)) as lines:
            for line in lines:
                ledger.add(line)
    known = frozenset(name for name in wanted if ledger.of(name) or there.account(name))
    report = {
        one: rules.to_waldur(ledger.of(name)) for one, name in accounts.items() if name in known
    }
    missing = {one: _missing(name) for one, name in accounts.items() if name not in known}
    return Measured(report=report, unmeasured=refused | missing)


def _missing(account: str) -> str:
    return f"there is no Slurm account {account!r} on the cluster"


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
