"""What command lines share: where programs are, which cluster is meant, and lists of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.names import account_name, user_name

if TYPE_CHECKING:
    from collections.abc import Iterable

READ = ("sacctmgr", "--parsable2", "--noheader")
WRITE = (*READ, "--immediate")
MOST_NAMES = 1000
"""Names in one word of a command line: Linux takes words up to 128 KiB."""


class Lines:
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

    def _on_cluster(self) -> tuple[str, ...]:
        return (f"--clusters={self._cluster}",) if self._cluster else ()


def account_list(accounts: Iterable[str]) -> str:
    """Accounts as one word."""
    return ",".join(sorted(map(account_name, accounts)))


def user_list(users: Iterable[str]) -> str:
    """Users as one word."""
    return ",".join(user_name(user) for user in sorted(users))
