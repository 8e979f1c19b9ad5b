"""Settings that a policy in Waldur computes for each period: applied as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent_slurm import emulator_api
from waldur_site_agent_slurm.hooks.foundation import Foundation
from waldur_site_agent_slurm.policy_changes import account_change
from waldur_site_agent_slurm.policy_settings import PolicySettings, parse_policy_settings
from waldur_site_agent_slurm.settings import PeriodicLimits
from waldur_site_agent_slurm.settings.raw import RawSettings
from waldur_site_agent_slurm.usage_notes import is_zeroed, with_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.structures import PeriodicSettingsResult

NOT_ENABLED = "periodic_limits_not_enabled"


class PolicyHooks(Foundation):
    """Fair share, limits and the beginning of a period."""

    supports_periodic_settings = True

    def apply_periodic_settings(
        self,
        resource_id: str,
        settings: Mapping[str, object],
        config: Mapping[str, object] | None = None,
    ) -> PeriodicSettingsResult:
        """Make an account as a policy wants it; see the base class.

        Only what differs is written. Usage is set to zero once for each message, known by its
        ``timestamp``; one without is taken at its word each time.

        Raises:
            BackendError: settings or ``periodic_limits`` that cannot be worked with, an account
                that is not there, or Slurm refused.
            BackendUnavailableError: Slurm could not be asked.
        """
        periodic = self._periodic_limits(config or {})
        if not periodic.enabled:
            error = "backend_settings.periodic_limits.enabled is not true, so nothing is applied"
            return {
                "success": False,
                "error": error,
                "reason": NOT_ENABLED,
                "commands_executed": [],
            }
        account = self._own(resource_id)
        wanted = parse_policy_settings(settings, default=periodic.limit_type)
        if periodic.emulator_mode:
            return _emulated(periodic, account, wanted)
        written = len(self.client.written_commands)
        self._apply(account, wanted)
        commands = self.client.written_commands[written:]
        return {"success": True, "mode": "production", "commands_executed": commands}

    def _periodic_limits(self, overrides: Mapping[str, object]) -> PeriodicLimits:
        if not overrides:
            return self.settings.periodic_limits
        block = self.backend_settings.get("periodic_limits") or {}
        merged = RawSettings({**block, **overrides}, "backend_settings.periodic_limits")
        return PeriodicLimits.from_raw(merged)

    def _apply(self, account: str, wanted: PolicySettings) -> None:
        """Limits first: where Slurm does not take them, usage is not set to zero either."""
        with self.client.one_view():
            change = account_change(self.client.existing(account), wanted)
            self.client.change_account(change)
            if wanted.resets_usage:
                self._reset_usage(account, wanted)

    def _reset_usage(self, account: str, wanted: PolicySettings) -> None:
        """Reset, then note it: killed between the two, the message comes again and is believed."""
        found = self.client.get_resource(account)
        description = found.description if found else ""
        cluster = self.settings.cluster_name
        if is_zeroed(description, wanted.asked_at, cluster=cluster):
            return
        self.client.reset_usage(account)
        if wanted.asked_at is not None:
            noted = with_note(description, wanted.asked_at, cluster=cluster)
            self.client.describe_account(account, noted)


def _emulated(
    periodic: PeriodicLimits, account: str, wanted: PolicySettings
) -> PeriodicSettingsResult:
    logger.warning("periodic_limits.emulator_mode: Slurm itself is left as it is")
    request = emulator_api.request_of(account, wanted)
    said = emulator_api.apply(periodic.emulator_base_url, request)
    return {"success": True, "mode": "emulator", "commands_executed": [said]}
