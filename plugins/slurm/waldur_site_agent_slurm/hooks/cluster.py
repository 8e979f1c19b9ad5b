"""The cluster as such: whether it answers, and one reading of it for a pass."""

from __future__ import annotations

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_slurm.diagnostics import diagnose
from waldur_site_agent_slurm.hooks.foundation import Foundation


class ClusterHooks(Foundation):
    """Passes, the sign of life, and what an administrator wants to know."""

    def begin_pass(self) -> None:
        """Read the cluster once for all that follows."""
        self.client.begin_pass()

    def end_pass(self) -> None:
        """Let go of what was read."""
        self.client.end_pass()

    def ping(self, raise_exception: bool = False) -> bool:
        """Whether slurmdbd answers; always asked anew."""
        try:
            self.client.list_clusters()
        except BackendError:
            if raise_exception:
                raise
            return False
        return True

    def diagnostics(self) -> bool:
        """Log what an administrator wants to know, and say whether all is well."""
        return diagnose(self.client, self.settings, self.rules)

    def list_components(self) -> list[str]:
        """The TRES that can be limited."""
        return sorted(self.client.list_tres())
