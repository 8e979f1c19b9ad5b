"""The words of every Slurm command that the plugin runs. Pure: nothing is run here.

Names were checked by :mod:`waldur_site_agent_slurm.names`. Each is given as ``key=value``, so none
is taken for one of sacctmgr's own words. The cluster filter is part of each condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.job_rows import COLUMNS
from waldur_site_agent_slurm.names import (
    account_name,
    free_text,
    partition_name,
    qos_name,
    tres_name,
    user_name,
)
from waldur_site_agent_slurm.parser import ACCOUNT_FIELDS, ASSOCIATION_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from waldur_site_agent_slurm.windows import Window

READ = ("sacctmgr", "--parsable2", "--noheader")
WRITE = (*READ, "--immediate")
LOAD = ("sacctmgr", "--immediate", "load", "file=/dev/stdin")
ADMIN_LEVEL = "format=User,AdminLevel"
MOST_NAMES = 1000
"""Names in one word of a command line: Linux takes words up to 128 KiB."""
CLEARED = -1
"""The limit that clears a limit."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """How users are put on an account. Empty parts are left to Slurm."""

    default_account: str = ""
    partitions: tuple[str, ...] = ()
    qos: tuple[str, ...] = ()
    default_qos: str = ""


class Commands:
    """Command lines for one cluster, or for all that slurmdbd knows."""

    def __init__(self, *, bin_path: str, cluster: str) -> None:
        """Say where the programs are (empty: on the search path) and which cluster is meant."""
        self._folder = f"{bin_path.rstrip('/')}/" if bin_path else ""
        self._cluster = cluster
        self._filter = (f"cluster={cluster}",) if cluster else ()

    def program(self, name: str) -> str:
        """Path of one of Slurm's programs."""
        return f"{self._folder}{name}"

    def _line(self, *words: str) -> list[str]:
        return [self.program(words[0]), *words[1:]]

    # Reads

    def associations(self) -> list[str]:
        """Dump the cluster's associations."""
        fields = ",".join(ASSOCIATION_FIELDS)
        where = ("where", *self._filter) if self._filter else ()
        return self._line(*READ, "show", "assoc", *where, f"format={fields}")

    def accounts(self) -> list[str]:
        """List all accounts with what associations do not tell."""
        return self._line(*READ, "show", "account", f"format={','.join(ACCOUNT_FIELDS)}")

    def tres(self) -> list[str]:
        """List what can be limited."""
        return self._line(*READ, "list", "tres", "format=Type,Name")

    def qos(self) -> list[str]:
        """List the names of all QoS."""
        return self._line(*READ, "show", "qos", "format=Name")

    def clusters(self) -> list[str]:
        """List the names of all clusters."""
        return self._line(*READ, "list", "cluster", "format=Cluster")

    def default_accounts(self, users: Collection[str]) -> list[str]:
        """Ask for users' default accounts; for those of all users where they are many."""
        named = (f"name={_users(users)}",) if len(users) <= MOST_NAMES else ()
        where = ("where", *named, *self._filter) if named or self._filter else ()
        return self._line(*READ, "show", "user", *where, "format=User,DefaultAccount")

    def admin_level(self, user: str) -> list[str]:
        """Ask for what a user may do in slurmdbd."""
        return self._line(*READ, "show", "user", "where", f"name={user_name(user)}", ADMIN_LEVEL)

    def config(self) -> list[str]:
        """List the configuration of sacctmgr and, after it, of slurmdbd."""
        return self._line(*READ, "show", "config")

    def version(self) -> list[str]:
        """Ask for Slurm's version; needs no daemon."""
        return self._line("sacctmgr", "--version")

    # Accounts

    def add_account(
        self, name: str, *, description: str, organization: str, parent: str
    ) -> list[str]:
        """Make an account."""
        return self._line(
            *WRITE,
            "add",
            "account",
            f"name={account_name(name)}",
            description_change(description, name),
            f"organization={free_text(organization) or account_name(name)}",
            *((f"parent={account_name(parent)}",) if parent else ()),
            *self._filter,
        )

    def remove_account(self, name: str) -> list[str]:
        """Remove an account, and with it everything under it."""
        return self._line(
            *WRITE, "remove", "account", "where", f"name={account_name(name)}", *self._filter
        )

    def modify_account(self, name: str, *changes: str) -> list[str]:
        """Change an account; see the functions that make changes below."""
        where = ("where", f"name={account_name(name)}", *self._filter)
        return self._line(*WRITE, "modify", "account", *where, "set", *changes)

    # Users

    def add_users(self, users: Iterable[str], accounts: Iterable[str], grant: Grant) -> list[str]:
        """Put users on accounts, each of them on each, all with the same grant."""
        return self._line(
            *WRITE,
            "add",
            "user",
            f"name={_users(users)}",
            f"account={_accounts(accounts)}",
            *self._filter,
            *_grant_words(grant),
            "Share=parent",
        )

    def remove_users(self, users: Iterable[str], *accounts: str) -> list[str]:
        """Take users off accounts: each of them off each."""
        return self._line(*WRITE, "remove", "user", *self._users_on(users, *accounts))

    def modify_users(self, users: Iterable[str], account: str, *changes: str) -> list[str]:
        """Change the associations of users with an account."""
        return self._line(
            *WRITE, "modify", "user", *self._users_on(users, account), "set", *changes
        )

    def set_default_account(self, users: Iterable[str], account: str) -> list[str]:
        """Change users' default account; they must be on it."""
        where = ("where", f"name={_users(users)}", *self._filter)
        change = f"DefaultAccount={account_name(account)}"
        return self._line(*WRITE, "modify", "user", *where, "set", change)

    def _users_on(self, users: Iterable[str], *accounts: str) -> tuple[str, ...]:
        named = (f"name={_users(users)}", f"account={_accounts(accounts)}")
        return ("where", *named, *self._filter)

    # Many by one process

    def load(self) -> list[str]:
        """Add what a file tells that standard input brings; see :mod:`load_file`."""
        return self._line(*LOAD)

    def script(self) -> list[str]:
        """Carry out commands that standard input brings, each a line by :func:`script_of`."""
        return self._line(*WRITE)

    # QoS, which all clusters of a slurmdbd share

    def add_qos(self, name: str, *, flags: str, limits: Mapping[str, str]) -> list[str]:
        """Make a QoS."""
        return self._line(
            *WRITE,
            "add",
            "qos",
            f"name={qos_name(name)}",
            *((f"flags={flags}",) if flags else ()),
            *(f"{key}={value}" for key, value in limits.items()),
        )

    def remove_qos(self, name: str) -> list[str]:
        """Remove a QoS."""
        return self._line(*WRITE, "remove", "qos", "where", f"name={qos_name(name)}")

    # Jobs

    def jobs(self, accounts: Collection[str]) -> list[str]:
        """List the jobs of accounts, or where those are many, of all: ids, users and accounts."""
        return self._line(
            "squeue",
            *self._on_cluster(),
            "--noheader",
            "--states=all",
            *((f"--account={_accounts(accounts)}",) if len(accounts) <= MOST_NAMES else ()),
            "--format=%F|%u|%T|%a",
        )

    def usage(self, accounts: Collection[str], window: Window, tres: str) -> list[str]:
        """List jobs with the seconds that each ran in a window; steps are left out.

        The jobs are those of the accounts, or where those are many, of all. A job that was requeued
        or resized has a row for each of its runs (``--duplicates``).

        Args:
            accounts: whose jobs.
            window: what jobs are cut to.
            tres: the column that tells a job's TRES.
        """
        named = (f"--accounts={_accounts(accounts)}",) if len(accounts) <= MOST_NAMES else ()
        return self._accounting(window, tres, "--truncate", *named)

    def runs(
        self, job_ids: Collection[str], window: Window, tres: str, *, is_cut: bool
    ) -> list[str]:
        """List all runs of at most ``MOST_NAMES`` jobs, cut to a window or with all their time."""
        cut = ("--truncate",) if is_cut else ()
        return self._accounting(window, tres, *cut, f"--jobs={','.join(job_ids)}")

    def _accounting(self, window: Window, tres: str, *which: str) -> list[str]:
        return self._line(
            "sacct",
            *self._on_cluster(),
            "--parsable2",
            "--noheader",
            "--noconvert",
            "--duplicates",
            "--allocations",
            "--allusers",
            f"--starttime=uts{window.start}",
            f"--endtime=uts{window.end}",
            *which,
            f"--format={','.join((*COLUMNS, tres))}",
        )

    def cancel_account(self, account: str) -> list[str]:
        """Cancel all jobs of an account."""
        return self._line("scancel", *self._on_cluster(), f"--account={account_name(account)}")

    def cancel_jobs(self, job_ids: Iterable[str]) -> list[str]:
        """Cancel jobs."""
        return self._line("scancel", *self._on_cluster(), *job_ids)

    def _on_cluster(self) -> tuple[str, ...]:
        return (f"--clusters={self._cluster}",) if self._cluster else ()


def script_of(commands: Iterable[Sequence[str]]) -> str:
    """What :meth:`Commands.script` reads: commands of this module whose words hold no blanks."""
    return "".join(f"{' '.join(command[len(WRITE) :])}\n" for command in commands)


def description_change(text: str, account: str) -> str:
    """Describe an account; one without a description is described by its name."""
    return f"description={free_text(text) or account_name(account)}"


def parent_change(parent: str) -> str:
    """Move an account under another."""
    return f"parent={account_name(parent)}"


def limits_change(limits: Mapping[str, int], *, kind: str = "GrpTRESMins") -> str:
    """Set TRES-minutes; what is not named stays as it is, and -1 clears."""
    return f"{kind}=" + ",".join(f"{tres_name(k)}={v}" for k, v in sorted(limits.items()))


def qos_changes(names: Iterable[str], default: str) -> tuple[str, str]:
    """Replace the QoS that an account may use. Slurm wants the default to be among them."""
    listed = ",".join(qos_name(name) for name in sorted(names))
    return f"QOS={listed}", f"DefaultQOS={qos_name(default)}"


def submit_change(limit: int) -> str:
    """Let at most so many jobs be in the queue; -1 lifts that."""
    return f"GrpSubmitJobs={limit}"


def _accounts(accounts: Iterable[str]) -> str:
    return ",".join(sorted(map(account_name, accounts)))


def _users(users: Iterable[str]) -> str:
    return ",".join(user_name(user) for user in sorted(users))


def _grant_words(grant: Grant) -> list[str]:
    words = []
    if grant.default_account:
        words.append(f"DefaultAccount={account_name(grant.default_account)}")
    if grant.partitions:
        words.append(f"Partitions={','.join(sorted(map(partition_name, grant.partitions)))}")
    if grant.qos:
        words.append(f"QosLevel={','.join(map(qos_name, grant.qos))}")
    if grant.default_qos:
        words.append(f"DefaultQOS={qos_name(grant.default_qos)}")
    return words
