"""MAM as such: whether it answers, and one reading of it for a pass."""

from __future__ import annotations

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_moab.deposits import DEPOSIT
from waldur_site_agent_moab.diagnostics import diagnose
from waldur_site_agent_moab.hooks.foundation import Foundation


class SystemHooks(Foundation):
    """Passes, the sign of life, and what an administrator wants to know."""

    def begin_pass(self) -> None:
        """Read MAM once for all that follows."""
        self.client.begin_pass()

    def end_pass(self) -> None:
        """Let go of what was read, and say what was found strange in it."""
        self.client.end_pass()
        self._unordered.tell()

    def ping(self, raise_exception: bool = False) -> bool:
        """Whether MAM answers; always asked anew."""
        try:
            self.client.execute_command(self.client.commands.accounts())
        except BackendError:
            if raise_exception:
                raise
            return False
        return True

    def diagnostics(self) -> bool:
        """Log what an administrator wants to know, and say whether all is well."""
        return diagnose(self.client, self._deposit, prefix=self._prefix("allocation_prefix"))

    def list_components(self) -> list[str]:
        """The one thing that MAM counts."""
        return [DEPOSIT]
