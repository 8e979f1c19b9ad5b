"""Changing what MAM has, and what it means when that is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_moab.answers import CommandRefusedError
from waldur_site_agent_moab.operations.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent_moab.parser import Account


class Writing(Reading):
    """Writes, whose effect the reading of the pass is told."""

    def _write(
        self,
        command: Sequence[str],
        *,
        is_done: Callable[[], bool] = lambda: False,
        hidden: Sequence[str] = (),
    ) -> None:
        """Run a command that changes something.

        Args:
            command: its words.
            is_done: whether MAM has what was wanted; asked when the command was refused.
            hidden: see :meth:`execute_command`.

        Raises:
            BackendUnavailableError: whether it took effect is unknown.
            CommandRefusedError: MAM refused, and has not what was wanted.
        """
        try:
            self.execute_command(command, hidden=hidden)
        except CommandRefusedError:
            self.refresh()
            if not is_done():
                raise
        except BackendUnavailableError:
            self.refresh()
            raise
        else:
            self._funds = None

    def _learn(self, change: Callable[[dict[str, Account]], object]) -> None:
        """Tell the accounts that were read what a write has changed."""
        if self._accounts is not None:
            change(self._accounts)
