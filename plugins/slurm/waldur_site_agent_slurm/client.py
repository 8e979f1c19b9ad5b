"""Speaking to Slurm by its commands, in Slurm's units (TRES-minutes, memory in MB-minutes).

What is on the cluster is read as one snapshot. Exit codes do not tell "already so" from "no such
account", so every write is decided on what was read, and where one is refused, the cluster is read
again to see whether what was wanted is there.
"""

from __future__ import annotations

import shlex
import shutil
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.commands import run
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.redaction import show_command
from waldur_site_agent.backend.structures import Association, ClientResource
from waldur_site_agent_slurm.answers import CommandRefusedError, PassingError, failure, is_refusal
from waldur_site_agent_slurm.commands import (
    CLEARED,
    MOST_NAMES,
    Commands,
    Grant,
    description_change,
    limits_change,
    parent_change,
    qos_changes,
    script_of,
    submit_change,
)
from waldur_site_agent_slurm.job_rows import ASKED, HELD
from waldur_site_agent_slurm.lock import WriterLock
from waldur_site_agent_slurm.names import account_name, user_name
from waldur_site_agent_slurm.parser import (
    Job,
    parse_accounts,
    parse_active_jobs,
    parse_rows,
    parse_tres_names,
)
from waldur_site_agent_slurm.settings import UsageTres
from waldur_site_agent_slurm.snapshot import ROOT, Account, AssociationSnapshot, UserOnAccount
from waldur_site_agent_slurm.streaming import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence

    from waldur_site_agent.backend.commands import Completed
    from waldur_site_agent_slurm.parser import AccountRow
    from waldur_site_agent_slurm.settings import SlurmSettings
    from waldur_site_agent_slurm.windows import Window

    class Runner(Protocol):
        """Runs a command line and says how it ended, as :func:`run` does."""

        def __call__(self, argv: Sequence[str], *, timeout: float, given: str = "") -> Completed:
            """Run one."""
            ...

    class Streamer(Protocol):
        """Runs a command line and yields what it prints, as :func:`stream` does."""

        def __call__(self, argv: Sequence[str], *, timeout: float) -> Iterator[str]:
            """Run one."""
            ...


ATTEMPTS = 3
"""How often a write is tried while the database is busy with another writer."""
SECONDS_A_COMMAND = 2.0
"""What each command of a script adds to a process's deadline."""
SECONDS_A_USER = 0.05
"""What each line of a file that is loaded adds to it."""
LINES_AT_ONCE = 100
"""Commands that one process carries out, and for which other writers wait."""


class SlurmClient(BaseClient):
    """sacctmgr, squeue and scancel for one cluster."""

    def __init__(
        self, settings: SlurmSettings, *, runner: Runner = run, streamer: Streamer = stream
    ) -> None:
        """Take an offering's settings; nothing is run.

        Args:
            settings: the offering's.
            runner: what runs command lines.
            streamer: what runs those whose lines are read one by one.
        """
        self._runner = runner
        self._stream = streamer
        self._tres_column = HELD if settings.usage_tres is UsageTres.ALLOCATED else ASKED
        self.commands = Commands(bin_path=settings.slurm_bin_path, cluster=settings.cluster_name)
        self.executed_commands: list[str] = []
        """Every command line that was run, in order."""
        self._timeout = settings.command_timeout_seconds
        self._lock = WriterLock(
            cluster=settings.cluster_name,
            directory=settings.lock_directory,
            timeout_seconds=settings.command_timeout_seconds,
        )
        self._passes = 0
        self._snapshot: AssociationSnapshot | None = None
        self._tres: frozenset[str] | None = None
        self._accounts: dict[str, AccountRow] | None = None

    # Running

    def execute_command(
        self,
        command: Sequence[str],
        silent: bool = False,
        *,
        given: str = "",
        more_seconds: float = 0.0,
    ) -> str:
        """Run a command; see the base class.

        Args:
            command: its words.
            silent: whether a failure is expected.
            given: what it reads from standard input.
            more_seconds: how much longer than others it may take.

        Raises:
            BackendUnavailableError: it could not be run, did not end in time, or did not reach
                Slurm's daemons.
            CommandRefusedError: it ended with another exit code than 0.
        """
        self.executed_commands.append(shlex.join(command))
        logger.debug("Running %s", show_command(list(command)))
        completed = self._runner(command, timeout=self._timeout + more_seconds, given=given)
        if completed.exit_code == 0:
            return completed.output
        error = failure(command[0], completed.output)
        if not silent:
            logger.debug("%s ended with %d", command[0], completed.exit_code)
        raise error

    def has_program(self, name: str) -> bool:
        """Whether one of Slurm's programs is installed."""
        return shutil.which(self.commands.program(name)) is not None

    def _write(
        self,
        command: Sequence[str],
        *,
        is_done: Callable[[AssociationSnapshot], bool],
        effect: Callable[[AssociationSnapshot], None],
    ) -> str:
        """Run a command that changes associations.

        Args:
            command: its words.
            is_done: whether a snapshot shows what was wanted; asked when the command failed.
            effect: tells the snapshot of the pass what changed.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                output = self._write_once(command)
            except CommandRefusedError as error:
                self.refresh()
                if is_done(self.snapshot()):
                    return ""
                if not isinstance(error, PassingError) or attempt == ATTEMPTS:
                    raise
            else:
                if self._snapshot is not None:
                    effect(self._snapshot)
                return output
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _write_once(
        self, command: Sequence[str], given: str = "", *, seconds_a_line: float = 0.0
    ) -> str:
        more = seconds_a_line * given.count("\n")
        try:
            with self._lock.held():
                output = self.execute_command(command, given=given, more_seconds=more)
        except BackendUnavailableError:
            # Whether it took effect is unknown.
            self.refresh()
            raise
        if is_refusal(output):
            raise failure(command[0], output)
        return output

    # Many by one process: what came of it, the next snapshot tells

    def load(self, text: str, *, effect: Callable[[AssociationSnapshot], None]) -> None:
        """Add what a file in sacctmgr's own format tells; see :mod:`load_file`.

        Args:
            text: the file.
            effect: tells the snapshot of the pass what is added.

        Raises:
            CommandRefusedError: Slurm refused; some of it may be added.
        """
        try:
            self._write_once(self.commands.load(), text, seconds_a_line=SECONDS_A_USER)
        except CommandRefusedError:
            self.refresh()
            raise
        if self._snapshot is not None:
            effect(self._snapshot)

    def carry_out(self, commands: Sequence[Sequence[str]]) -> list[CommandRefusedError]:
        """Carry out writes one after the other, each whatever came of those before it.

        Returns:
            What was refused: an error for each process in which something was.
        """
        refusals = []
        for start in range(0, len(commands), LINES_AT_ONCE):
            script = script_of(commands[start : start + LINES_AT_ONCE])
            try:
                self._write_once(self.commands.script(), script, seconds_a_line=SECONDS_A_COMMAND)
            except CommandRefusedError as error:
                refusals.append(error)
        self.refresh()
        return refusals

    # Passes

    def begin_pass(self) -> None:
        """Read the cluster once for all that follows, when it is first asked about."""
        self._passes += 1

    def end_pass(self) -> None:
        """Let go of what was read."""
        self._passes = max(0, self._passes - 1)
        if not self._passes:
            self.refresh()
            self._tres = None

    @contextmanager
    def one_view(self) -> Iterator[None]:
        """Read once for one operation, unless a pass is under way."""
        self.begin_pass()
        try:
            yield
        finally:
            self.end_pass()

    def refresh(self) -> None:
        """Read anew at the next question."""
        self._snapshot = None
        self._accounts = None

    # Reading

    def snapshot(self) -> AssociationSnapshot:
        """What is on the cluster: read once in a pass, else anew.

        Raises:
            BackendUnavailableError: it could not be read.
        """
        if self._snapshot is not None:
            return self._snapshot
        found = AssociationSnapshot.parse(self._read(self.commands.associations()))
        if self._passes:
            self._snapshot = found
        return found

    def _read(self, command: Sequence[str]) -> str:
        """Read; a refusal to show something says nothing about what is there."""
        try:
            return self.execute_command(command)
        except CommandRefusedError as error:
            raise BackendUnavailableError(str(error)) from error

    def list_tres(self) -> frozenset[str]:
        """What can be limited, such as ``cpu`` and ``gres/gpu``."""
        if self._tres is None or not self._passes:
            self._tres = parse_tres_names(self._read(self.commands.tres()))
        return self._tres

    def list_qos(self) -> frozenset[str]:
        """Names of all QoS."""
        return frozenset(row[0] for row in parse_rows(self._read(self.commands.qos())))

    def list_clusters(self) -> list[str]:
        """Names of all clusters."""
        return [row[0] for row in parse_rows(self._read(self.commands.clusters()))]

    def version(self) -> str:
        """Slurm's version, such as ``slurm-wlm 22.05.8``."""
        return self._read(self.commands.version()).strip()

    def default_accounts(self, users: Collection[str]) -> dict[str, str]:
        """Users' default accounts, by the users' names in lower case."""
        if not users:
            return {}
        rows = parse_rows(self._read(self.commands.default_accounts(users)))
        return {row[0].lower(): row[1].lower() for row in rows if len(row) > 1}

    def active_jobs(self, accounts: Collection[str]) -> list[Job]:
        """Jobs of accounts that are not over."""
        return parse_active_jobs(self._read(self.commands.jobs(accounts))) if accounts else []

    def existing(self, account: str) -> Account:
        """An account that has to be there.

        Raises:
            BackendError: it is not.
        """
        found = self.snapshot().account(account_name(account))
        if found is None:
            raise BackendError(f"there is no Slurm account {account!r} on the cluster")
        return found

    # Accounts

    def create_resource(
        self, name: str, description: str, organization: str, parent_name: str | None = None
    ) -> str:
        """Make an account."""
        account = Account(name=account_name(name), parent=account_name(parent_name or ROOT))
        self._require_parent(account)
        command = self.commands.add_account(
            name, description=description, organization=organization, parent=parent_name or ""
        )

        def is_done(snapshot: AssociationSnapshot) -> bool:
            found = snapshot.account(account.name)
            return found is not None and found.parent == account.parent

        return self._write(command, is_done=is_done, effect=lambda view: self._added(view, account))

    def _require_parent(self, account: Account) -> None:
        if self.snapshot().account(account.parent) is None:
            raise BackendError(
                f"the Slurm account {account.name!r} cannot be made: its parent "
                f"{account.parent!r} is not on the cluster"
            )

    def _added(self, view: AssociationSnapshot, account: Account) -> None:
        """Keep a new account as Slurm makes it: with its parent's QoS."""
        self._accounts = None
        parent = view.account(account.parent)
        view.put(
            replace(account, qos=parent.qos, default_qos=parent.default_qos) if parent else account
        )

    def delete_resource(self, name: str) -> str:
        """Remove an account that has no accounts under it.

        Raises:
            JobsActiveError: it has jobs.
            BackendError: it has accounts under it, which Slurm would remove too.
        """
        folded = account_name(name)
        self.refresh()
        snapshot = self.snapshot()
        if folded == ROOT or snapshot.children_of(folded):
            raise BackendError(f"the Slurm account {name!r} has others under it, so it stays")
        if snapshot.account(folded) is None:
            return ""
        return self._write(
            self.commands.remove_account(folded),
            is_done=lambda view: view.account(folded) is None,
            effect=lambda view: view.drop(folded),
        )

    def list_resources(self) -> list[ClientResource]:
        """List all accounts of the cluster."""
        with self.one_view():
            return [self._described(account) for account in self.snapshot().accounts()]

    def get_resource(self, resource_id: str) -> ClientResource | None:
        """Look an account up, with its description."""
        with self.one_view():
            account = self.snapshot().account(account_name(resource_id))
            return self._described(account) if account else None

    def _described(self, account: Account) -> ClientResource:
        row = self._account_rows().get(account.name)
        return ClientResource(
            name=account.name,
            description=row.description if row else "",
            organization=row.organization if row else account.parent,
            backend_id=account.name,
        )

    def _account_rows(self) -> dict[str, AccountRow]:
        if self._accounts is None:
            rows = parse_accounts(self._read(self.commands.accounts()))
            self._accounts = {row.name: row for row in rows}
        return self._accounts

    def set_parent(self, name: str, parent: str) -> None:
        """Move an account under another, unless it is there."""
        account = self.existing(name)
        moved = replace(account, parent=account_name(parent))
        if account.parent == moved.parent:
            return
        self._require_parent(moved)
        self._modify(moved, parent_change(parent))

    def _modify(self, wanted: Account, *changes: str) -> None:
        """Change an account into what is wanted."""

        def is_done(view: AssociationSnapshot) -> bool:
            found = view.account(wanted.name)
            return found is not None and replace(found, users=wanted.users) == wanted

        command = self.commands.modify_account(wanted.name, *changes)
        self._write(command, is_done=is_done, effect=lambda view: view.put(wanted))

    # Limits, QoS, submission

    def set_resource_limits(self, resource_id: str, limits_dict: dict[str, int]) -> str | None:
        """Set an account's GrpTRESMins where they differ; below zero clears one."""
        account = self.existing(resource_id)
        changes = differing(account.limits, limits_dict)
        if changes:
            wanted = replace(account, limits=merged(account.limits, changes))
            self._modify(wanted, limits_change(changes))
        return None

    def get_resource_limits(self, resource_id: str) -> dict[str, int]:
        """Read an account's GrpTRESMins."""
        return dict(self.existing(resource_id).limits)

    def set_qos(
        self, name: str, qos: frozenset[str], default: str, *, description: str | None = None
    ) -> bool:
        """Let an account use these QoS and no others; say whether that was a change.

        Args:
            name: the account.
            qos: the QoS.
            default: one of them.
            description: the account's new description, where that changes, too.
        """
        account = self.existing(name)
        wanted = replace(account, qos=qos, default_qos=default)
        described = () if description is None else (description_change(description, name),)
        if account != wanted:
            self._modify(wanted, *described, *qos_changes(qos, default))
            self._accounts = None
        return account != wanted

    def set_submit_limit(self, name: str, limit: int) -> bool:
        """Limit how many jobs an account may have in the queue; -1 lifts it."""
        account = self.existing(name)
        wanted = replace(account, submit_limit=None if limit < 0 else limit)
        if account != wanted:
            self._modify(wanted, submit_change(limit))
        return account != wanted

    def add_qos(self, name: str, *, flags: str, limits: Mapping[str, str]) -> None:
        """Make a QoS unless there is one of that name."""
        if name in self.list_qos():
            return
        command = self.commands.add_qos(name, flags=flags, limits=limits)
        self._write(
            command, is_done=lambda _view: name in self.list_qos(), effect=lambda _view: None
        )

    def remove_qos(self, name: str) -> None:
        """Remove a QoS if it is there."""
        if name not in self.list_qos():
            return
        command = self.commands.remove_qos(name)
        self._write(
            command, is_done=lambda _view: name not in self.list_qos(), effect=lambda _view: None
        )

    # Users

    def add_users(self, users: Collection[str], account: str, grant: Grant) -> None:
        """Put users on an account who are not on it, by one command."""
        folded = account_name(account)
        new = sorted(user for user in users if not self.snapshot().has_user(folded, user))
        if not new:
            return

        def effect(view: AssociationSnapshot) -> None:
            view.put_users(folded, new)
            if grant.default_account:
                view.put_users(account_name(grant.default_account), new)

        self._write(
            self.commands.add_users(new, [folded], grant),
            is_done=lambda view: all(view.has_user(folded, user) for user in new),
            effect=effect,
        )

    def remove_users(self, users: Collection[str], account: str) -> None:
        """Take users off an account, by one command.

        Raises:
            JobsActiveError: one of them has jobs on it.
        """
        folded = account_name(account)
        present = sorted(user for user in users if self.snapshot().has_user(folded, user))
        if not present:
            return
        self._write(
            self.commands.remove_users(present, folded),
            is_done=lambda view: not any(view.has_user(folded, user) for user in present),
            effect=lambda view: view.drop_users(folded, present),
        )

    def set_default_account(self, users: Collection[str], account: str) -> None:
        """Change users' default account to another one that they are on."""
        self._write(
            self.commands.set_default_account(users, account),
            is_done=lambda _view: set(self.default_accounts(users).values()) == {account},
            effect=lambda _view: None,
        )

    def get_association(self, user: str, resource_id: str) -> Association | None:
        """Look up whether a user is on an account."""
        account = self.snapshot().account(account_name(resource_id))
        found = account.users.get(user_name(user).lower()) if account else None
        if account is None or found is None:
            return None
        return Association(
            account=account.name, user=found.name, value=found.max_tres_minutes.get("cpu", 0)
        )

    def create_association(
        self, username: str, resource_id: str, default_account: str | None = None
    ) -> str:
        """Put a user on an account."""
        self.add_users([username], resource_id, Grant(default_account=default_account or ""))
        return ""

    def delete_association(self, username: str, resource_id: str) -> str:
        """Take a user off an account."""
        self.remove_users([username], resource_id)
        return ""

    def list_resource_users(self, resource_id: str) -> list[str]:
        """List an account's users, each once whatever their partitions."""
        return self.snapshot().users_of(account_name(resource_id))

    def get_resource_user_limits(self, resource_id: str) -> dict[str, dict[str, int]]:
        """Read users' MaxTRESMins; users without any are left out."""
        users = self.existing(resource_id).users.values()
        return {u.name: dict(u.max_tres_minutes) for u in users if u.max_tres_minutes}

    def set_resource_user_limits(
        self, resource_id: str, username: str, limits_dict: dict[str, int]
    ) -> str:
        """Make a user's MaxTRESMins exactly these, by one command; an empty mapping clears them."""
        self.set_limits_of_users(resource_id, {username: limits_dict})
        return ""

    def set_limits_of_users(
        self, resource_id: str, limits: Mapping[str, Mapping[str, int]]
    ) -> None:
        """Make users' MaxTRESMins exactly these; those who need the same change share a command."""
        account = self.existing(resource_id)
        groups: dict[str, dict[str, UserOnAccount]] = {}
        for name, wanted in limits.items():
            user = account.users.get(user_name(name).lower())
            if user is None:
                raise BackendError(f"a user is not on the Slurm account {account.name!r}")
            changes = _replacing(user.max_tres_minutes, wanted)
            if changes:
                new = replace(user, max_tres_minutes=merged(user.max_tres_minutes, changes))
                words = limits_change(changes, kind="MaxTRESMins")
                groups.setdefault(words, {})[new.name.lower()] = new
        for words, users in groups.items():
            self._modify_users(account.name, users, words)

    def _modify_users(
        self, account: str, users: Mapping[str, UserOnAccount], *changes: str
    ) -> None:
        """Change users of an account into what is wanted."""

        def effect(view: AssociationSnapshot) -> None:
            found = self.existing(account)
            view.put(replace(found, users={**found.users, **users}))

        self._write(
            self.commands.modify_users([user.name for user in users.values()], account, *changes),
            is_done=lambda _view: users.items() <= self.existing(account).users.items(),
            effect=effect,
        )

    # Jobs

    def read_jobs(self, accounts: Collection[str], window: Window) -> Generator[str]:
        """Read sacct's lines about the jobs of accounts in a window; see :mod:`job_rows`.

        Jobs of other accounts may be among them. Until the last line was read without an error,
        none of them is to be believed. Closing the generator ends sacct.

        Raises:
            BackendUnavailableError: not all of them could be read.
        """
        if accounts:
            yield from self._lines_of(self.commands.usage(accounts, window, self._tres_column))

    def read_runs(
        self, job_ids: Collection[str], window: Window, *, is_cut: bool
    ) -> Generator[str]:
        """Read the same about all runs of jobs, cut to a window or with all their time."""
        names = sorted(job_ids)
        for start in range(0, len(names), MOST_NAMES):
            some = names[start : start + MOST_NAMES]
            yield from self._lines_of(
                self.commands.runs(some, window, self._tres_column, is_cut=is_cut)
            )

    def _lines_of(self, command: Sequence[str]) -> Iterator[str]:
        self.executed_commands.append(shlex.join(command))
        logger.debug("Reading %s", show_command(list(command)))
        return self._stream(command, timeout=self._timeout)

    def cancel_account(self, account: str) -> None:
        """Cancel all jobs of an account; they end a little later."""
        self.execute_command(self.commands.cancel_account(account))

    def cancel_jobs(self, jobs: Collection[Job]) -> None:
        """Cancel jobs; they end a little later."""
        self.execute_command(self.commands.cancel_jobs(sorted({job.job_id for job in jobs})))


def differing(current: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    """The limits that have to be written; one that is to be cleared, only if it is set."""
    return {
        name: max(limit, CLEARED)
        for name, limit in wanted.items()
        if current.get(name, CLEARED) != max(limit, CLEARED)
    }


def _replacing(current: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    """The limits that have to be written for just the wanted ones to be left."""
    return differing(current, {**dict.fromkeys(current, CLEARED), **wanted})


def merged(current: Mapping[str, int], changes: Mapping[str, int]) -> dict[str, int]:
    """What the limits are once the changes are written."""
    return {name: limit for name, limit in {**current, **changes}.items() if limit != CLEARED}
