"""Home directories of members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_slurm.answers import presentable
from waldur_site_agent_slurm.homes import without_home
from waldur_site_agent_slurm.hooks.foundation import Foundation

if TYPE_CHECKING:
    from collections.abc import Collection


class HomeHooks(Foundation):
    """A home for each member, where the offering's settings want that."""

    def process_existing_users(self, existing_users: set[str]) -> None:
        """Give homes, with their quotas, to members who have none yet."""
        self._make_homes(self._without_home(existing_users), self.settings.homedir_umask)

    def _without_home(self, users: Collection[str]) -> set[str]:
        return without_home(users, self.settings.homedir_base_path)

    def _make_homes(self, users: Collection[str], umask: str) -> None:
        """A home that cannot be made keeps nobody from computing."""
        if not self.settings.creates_homedirs:
            return
        try:
            self.create_user_homedirs(users, umask)
        except BackendError as error:
            logger.warning("Home directories could not be made: %s", presentable(str(error)))
