"""Many members of many accounts by a handful of processes.

What is done here is done for speed alone: whatever it could not do it leaves as it was, for
:class:`~waldur_site_agent_slurm.members.Members` to do account by account, and to say why if that
fails, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.joining import Joiners
from waldur_site_agent_slurm.leaving import Leavers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.load_file import Joining
    from waldur_site_agent_slurm.memberships import Membership
    from waldur_site_agent_slurm.settings import SlurmSettings

FEWEST_ACCOUNTS = 2
"""For fewer, the commands of a single account are as few."""


class BulkMembers:
    """Puts users on many accounts, and takes them off."""

    def __init__(self, client: SlurmClient, settings: SlurmSettings) -> None:
        """Work through a client."""
        self._client = client
        self._joiners = Joiners(client)
        self._leavers = Leavers(client, settings)

    def change(
        self, joinings: Sequence[Joining], leaving: Collection[Membership]
    ) -> frozenset[Membership]:
        """Put users on accounts and take others off, after ending their jobs on them.

        Args:
            joinings: who comes: with names that are names, and Unix accounts.
            leaving: who goes.

        Returns:
            Who stays for now, because of jobs that have not ended in time.

        Raises:
            BackendUnavailableError: Slurm could not be asked.
        """
        with self._client.one_view():
            coming, going = self._coming(joinings), self._going(leaving)
            if not coming and not going:
                return frozenset()
            defaults = self._joiners.add(coming)
            busy = self._leavers.remove(going, defaults)
            self._client.refresh()
            return busy

    def _coming(self, joinings: Sequence[Joining]) -> list[Joining]:
        missing = self._joiners.missing(joinings)
        return missing if len(missing) >= FEWEST_ACCOUNTS else []

    def _going(self, leaving: Collection[Membership]) -> frozenset[Membership]:
        present = self._leavers.present(leaving)
        accounts = {each.account for each in present}
        return present if len(accounts) >= FEWEST_ACCOUNTS else frozenset()
