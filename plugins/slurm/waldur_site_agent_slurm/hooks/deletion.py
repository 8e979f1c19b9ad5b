"""Ending a resource's account, and what only it needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
)
from waldur_site_agent_slurm.answers import presentable
from waldur_site_agent_slurm.hooks.foundation import Foundation
from waldur_site_agent_slurm.jobs import JobEnding
from waldur_site_agent_slurm.limits import known_limits
from waldur_site_agent_slurm.names import account_name

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class DeletionHooks(Foundation):
    """Going: jobs first, then users, then the account and what was its own."""

    def delete_resource(self, waldur_resource: WaldurResource, **kwargs: object) -> str | None:
        """End an account's jobs, take its users off, and remove or retire it.

        Raises:
            BackendNotReadyError: its jobs have not ended yet.
            BackendUnavailableError: Slurm could not be asked.
            BackendError: Slurm refused.
        """
        backend_id = (waldur_resource.backend_id or "").strip()
        if not backend_id:
            logger.warning("A resource without an id needs no deletion on Slurm")
            return None
        self._own(backend_id)
        with self.client.one_view():
            self.client.refresh()
            if self._account(backend_id):
                self._end(backend_id)
            else:
                logger.warning("%r is not on the cluster", backend_id)
            if not self._soft_delete:
                self._clean_up(backend_id, str(kwargs.get("project_slug") or ""))
        return None

    def _end(self, backend_id: str) -> None:
        ending = JobEnding(self.client, wait_seconds=self.settings.job_wait_seconds)
        if not ending.end_all(backend_id):
            raise BackendNotReadyError(f"jobs of {backend_id!r} have not ended yet")
        users = self.client.list_resource_users(backend_id)
        removed = self._members.take_off(backend_id, users, ending)
        if removed.failed:
            count, why = len(removed.failed), next(iter(removed.failed.values()))
            raise BackendNotReadyError(
                f"{count} users of {backend_id!r} could not be removed: {why}"
            )
        if self._soft_delete:
            zeros = known_limits(dict.fromkeys(self.rules.tres, 0), self.client.list_tres())
            self.client.set_resource_limits(backend_id, zeros.limits)
        else:
            ending.remove(lambda: self.client.delete_resource(backend_id))

    def _clean_up(self, backend_id: str, project_slug: str) -> None:
        """Remove what only the account needed; also after a deletion that was interrupted."""
        try:
            if self._has_own_qos(backend_id):
                self.client.remove_qos(account_name(backend_id))
            if project_slug:
                self._remove_empty(self._get_project_backend_id(project_slug))
        except BackendUnavailableError:
            raise
        except BackendError as error:
            logger.warning("Left over from %r: %s", backend_id, presentable(str(error)))

    def _has_own_qos(self, backend_id: str) -> bool:
        is_site = account_name(backend_id) in self.settings.site_qos
        return self.settings.account_qos.enabled and not is_site

    def _remove_empty(self, project: str) -> None:
        if account_name(project) in self.settings.site_accounts:
            return
        self.client.refresh()
        snapshot = self.client.snapshot()
        found = snapshot.account(account_name(project))
        if found and not found.users and not snapshot.children_of(found.name):
            self.client.delete_resource(found.name)
