"""What is on a cluster: one snapshot for a pass, and what is asked beside it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_slurm.names import account_name
from waldur_site_agent_slurm.operations.running import Running
from waldur_site_agent_slurm.parser import parse_rows, parse_tres_names
from waldur_site_agent_slurm.rights import Rights, parse_privacy
from waldur_site_agent_slurm.snapshot import ROOT, AssociationSnapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from waldur_site_agent_slurm.parser import AccountRow
    from waldur_site_agent_slurm.snapshot import Account


class Reading(Running):
    """Passes, and the questions that change nothing."""

    _passes = 0
    _snapshot: AssociationSnapshot | None = None
    _tres: frozenset[str] | None = None
    _accounts: dict[str, AccountRow] | None = None

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

    def snapshot(self) -> AssociationSnapshot:
        """What is on the cluster: read once in a pass, else anew.

        Raises:
            BackendUnavailableError: it could not be read.
        """
        if self._snapshot is not None:
            return self._snapshot
        found = AssociationSnapshot.parse(self._read(self.commands.associations()))
        self._require_sight(found)
        if self._passes:
            self._snapshot = found
        return found

    def _require_sight(self, found: AssociationSnapshot) -> None:
        """Believe that there are no others on the cluster only where they would be shown.

        Raises:
            BackendUnavailableError: slurmdbd hides them: what is not shown may be there.
        """
        user = self.runs_as()
        if user == ROOT or found.has_users_beside(user):
            return
        rights = self.rights()
        if rights.hides_accounts:
            raise BackendUnavailableError(
                f"slurmdbd hides others' accounts from the user {user!r} (PrivateData=users); give "
                f"it rights: sacctmgr modify user {user} set adminlevel=Operator"
            )

    def existing(self, account: str) -> Account:
        """An account that has to be there.

        Raises:
            BackendError: it is not.
        """
        found = self.snapshot().account(account_name(account))
        if found is None:
            raise BackendError(f"there is no Slurm account {account!r} on the cluster")
        return found

    # Beside the snapshot

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

    def rights(self) -> Rights:
        """What the user that Slurm sees in us may do and see."""
        user = self.runs_as()
        rows = parse_rows(self._read(self.commands.admin_level(user)))
        level = next((row[1] for row in rows if len(row) > 1), "")
        privacy = parse_privacy(self._read(self.commands.config()))
        return Rights(user=user, level=level, privacy=privacy)

    def version(self) -> str:
        """Slurm's version, such as ``slurm-wlm 22.05.8``."""
        return self._read(self.commands.version()).strip()

    def default_accounts(self, users: Collection[str]) -> dict[str, str]:
        """Users' default accounts, by the users' names in lower case."""
        if not users:
            return {}
        rows = parse_rows(self._read(self.commands.default_accounts(users)))
        return {row[0].lower(): row[1].lower() for row in rows if len(row) > 1}
