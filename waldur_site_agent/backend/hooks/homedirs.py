"""Home directories of an offering's users."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.hooks.foundation import Foundation
from waldur_site_agent.backend.quota import apply_quota, checked_username, read_quota

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waldur_site_agent.backend.quota import HomedirQuotaConfig


class HomedirHooks(Foundation):
    """Creating home directories and setting their quotas, by the ``homedir_…`` settings."""

    def create_user_homedirs(self, usernames: Iterable[str], umask: str = "0077") -> None:
        """Give users their home directories, and bring the quotas of all of them in line.

        Called by the home directories command, and by plugins. A directory that exists is left as
        it is (known only where ``homedir_base_path`` is set; the system's helper checks again). One
        user's failure stops no other; an outage stops all.

        Args:
            usernames: users known to the system.
            umask: octal digits.

        Raises:
            BackendUnavailableError: the system's tools cannot be run.
        """
        quota = read_quota(self.backend_settings.get("homedir_quota"))
        failures = 0
        for username in sorted(usernames):
            try:
                self._prepare_homedir(username, umask, quota)
            except BackendUnavailableError:
                raise
            except BackendError as error:
                failures += 1
                logger.debug("A home directory failed: %s", error)
        if failures:
            logger.warning("%d home directories or quotas could not be set up", failures)

    def _prepare_homedir(self, username: str, umask: str, quota: HomedirQuotaConfig | None) -> None:
        checked_username(username)
        base = self.backend_settings.get("homedir_base_path")
        if not (base and (Path(base) / username).is_dir()):
            self.client.create_linux_user_homedir(username, umask)
        if quota:
            apply_quota(self.client, quota, username, base)
