"""What resources are on the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent_slurm.answers import presentable
from waldur_site_agent_slurm.hooks.foundation import Foundation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.hooks.reading import R
    from waldur_site_agent.backend.structures import UsageReport
    from waldur_site_agent_slurm.snapshot import Account


class ReadingHooks(Foundation):
    """Resources out of the snapshot of associations."""

    def pull_resources(
        self, resources: Sequence[R], include_usage: bool = True, strict: bool = False
    ) -> dict[str, tuple[R, BackendResourceInfo]]:
        """Read many resources out of one dump, and their usage by one sacct."""
        named = [r for r in resources if r.backend_id and r.backend_id.strip()]
        try:
            with self.client.one_view():
                accounts = {r.backend_id: self._account(r.backend_id) for r in named}
                there = [name for name, account in accounts.items() if account]
                used = self._get_usage_report(there) if include_usage and there else {}
        except BackendError as error:
            if strict:
                raise
            logger.warning("The resources could not be read: %s", presentable(str(error)))
            return {}
        return {
            r.backend_id: (r, _info(r.backend_id, account, used))
            for r in named
            if (account := accounts[r.backend_id])
        }

    def _pull_backend_resource(self, resource_backend_id: str) -> BackendResourceInfo | None:
        account = self._account(resource_backend_id)
        used = self._get_usage_report([resource_backend_id]) if account else {}
        return _info(resource_backend_id, account, used) if account else None

    def list_resources(self) -> list[BackendResourceInfo]:
        """List all accounts with their parents and users."""
        return [_info(found.name, found, {}) for found in self.client.snapshot().accounts()]


def _info(backend_id: str, account: Account, used: UsageReport) -> BackendResourceInfo:
    return BackendResourceInfo(
        backend_id=backend_id,
        parent_id=account.parent,
        users=sorted(user.name for user in account.users.values()),
        usage=used.get(backend_id, {}),
    )
