"""Policies that send settings, and wait for a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, hex_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

PERIODIC = "marketplace-slurm-periodic-usage-policies/"


class Policies:
    """What is told to policies. Raises ``WaldurError`` when Waldur did not take it."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def report_command_result(
        self,
        policy_uuid: UUID | str,
        *,
        resource_uuid: UUID | str,
        success: bool,
        error_message: str,
        commands_executed: Sequence[str],
    ) -> None:
        """Say what came of a policy's settings for a resource."""
        body = {
            "resource_uuid": hex_of(resource_uuid),
            "success": success,
            "error_message": error_message,
            "commands_executed": list(commands_executed),
        }
        path = f"{PERIODIC}{hex_of(policy_uuid)}/report-command-result/"
        self._rest.tell(Call.post("policies.report_command_result", path, body))
