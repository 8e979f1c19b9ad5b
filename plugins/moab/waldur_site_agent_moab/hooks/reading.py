"""What resources MAM has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent_moab.hooks.foundation import Foundation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.hooks.reading import R
    from waldur_site_agent.backend.structures import UsageReport
    from waldur_site_agent_moab.parser import Account


class ReadingHooks(Foundation):
    """Resources out of one listing of all accounts."""

    def pull_resources(
        self, resources: Sequence[R], include_usage: bool = True, strict: bool = False
    ) -> dict[str, tuple[R, BackendResourceInfo]]:
        """Read many resources out of one listing, and their usage out of another."""
        try:
            with self.client.one_view():
                accounts = self.client.accounts()
                there = [r for r in resources if r.backend_id in accounts]
                ids = [r.backend_id for r in there]
                used = self._get_usage_report(ids) if include_usage and ids else {}
        except BackendError as error:
            if strict:
                raise
            logger.warning("The resources could not be read: %s", error)
            return {}
        return {r.backend_id: (r, _info(accounts[r.backend_id], used)) for r in there}

    def list_resources(self) -> list[BackendResourceInfo]:
        """List all accounts with their organizations and members."""
        return [_info(account, {}) for account in self.client.accounts().values()]


def _info(account: Account, used: UsageReport) -> BackendResourceInfo:
    return BackendResourceInfo(
        backend_id=account.name,
        parent_id=account.organization,
        users=sorted(account.users),
        usage=used.get(account.name, {}),
    )
