"""Pausing, downscaling and restoring a resource's account, and the QoS that tell how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent_slurm import qos
from waldur_site_agent_slurm.hooks.foundation import Foundation

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import ResourceStatus
    from waldur_site_agent_slurm.qos import QosChange
    from waldur_site_agent_slurm.snapshot import Account


class StateHooks(Foundation):
    """States by QoS, or by a submission limit of 0 where QoS are enforced."""

    def get_resource_status(self, resource_backend_id: str) -> ResourceStatus | None:
        """Tell how an account stands, out of the snapshot.

        None where QoS are enforced: pausing and downscaling are the same there.
        """
        account = self._account(resource_backend_id)
        return None if account is None or self._enforces_qos else qos.status(account, self.settings)

    def downscale_resource(self, resource_backend_id: str) -> bool:
        """Confine an account to ``qos_downscaled``; say whether it is so now."""
        return self._restrict(resource_backend_id, "qos_downscaled", self.settings.qos_downscaled)

    def pause_resource(self, resource_backend_id: str) -> bool:
        """Confine an account to ``qos_paused``; say whether it is so now."""
        return self._restrict(resource_backend_id, "qos_paused", self.settings.qos_paused)

    def _restrict(self, backend_id: str, setting: str, name: str) -> bool:
        self._own(backend_id)
        with self.client.one_view():
            if self._enforces_qos:
                self.client.set_submit_limit(backend_id, 0)
                return True
            if not name:
                logger.error(
                    "%r is not restricted: backend_settings.%s is unset", backend_id, setting
                )
                return False
            account = self.client.existing(backend_id)
            change = qos.restricted(account, name)
            if change:
                described = qos.with_note(self._description(account), account, self.settings)
                self._switch_qos(account, change, described)
            return True

    def _description(self, account: Account) -> str:
        found = self.client.get_resource(account.name)
        return found.description if found else ""

    def _switch_qos(self, account: Account, change: QosChange, described: str) -> None:
        is_new = described != self._description(account)
        text = described if is_new else None
        self.client.set_qos(account.name, change.names, change.default, description=text)

    def restore_resource(self, resource_backend_id: str) -> bool:
        """Undo what pausing and downscaling did; say whether that was a change."""
        self._own(resource_backend_id)
        with self.client.one_view():
            if self._enforces_qos:
                self.client.set_submit_limit(resource_backend_id, -1)
                return True
            account = self.client.existing(resource_backend_id)
            if not qos.is_restricted(account, self.settings):
                return False
            described = self._description(account)
            change = qos.restored(account, described, self.settings)
            self._switch_qos(account, change, qos.without_note(described))
            return True

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """Tell the QoS that an account may use, as Slurm writes them."""
        account = self._account(resource_backend_id)
        return {"qos": ",".join(sorted(account.qos)) if account else ""}
