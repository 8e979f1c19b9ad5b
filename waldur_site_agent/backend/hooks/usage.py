"""What a resource has used."""

# ruff: noqa: ARG002 - hooks that do nothing by default keep the parameters of the contract

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from waldur_site_agent.backend.hooks.foundation import Foundation
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import DailyUsageReport, ResourceUsage, UsageReport
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class UsageHooks(Foundation):
    """Usage reports, always in Waldur units."""

    @abstractmethod
    def _get_usage_report(self, resource_backend_ids: list[str]) -> UsageReport:
        """Report the current month's usage; called when resources are read with their usage.

        Returns:
            By resource, the amounts by component for each user and, under
            ``TOTAL_ACCOUNT_USAGE``, in all. Waldur units. A resource that is not in the answer
            counts as idle.

        Raises:
            BackendError: usage could not be read. Never answer zeros instead: they overwrite what
                is billed.
        """

    def get_usage_report_for_period(
        self,
        resource_backend_ids: list[str],
        year: int,
        month: int,
        waldur_resource: WaldurResource | None = None,
    ) -> UsageReport:
        """Report a past month's usage; called when past months are reported again.

        Returns:
            As ``_get_usage_report``; a resource that is not in the answer is skipped. ``{}``, the
            default, says that the backend keeps no history.
        """
        return {}

    def get_daily_usage_report_for_period(
        self, resource_backend_ids: list[str], year: int, month: int
    ) -> DailyUsageReport:
        """Report a month's usage by day, where ``supports_daily_usage``; ``{}`` by default."""
        return {}

    def _usage_of(self, resource_backend_id: str) -> ResourceUsage:
        """One resource's usage; zeros for one that is idle."""
        report = self._get_usage_report([resource_backend_id])
        idle = {TOTAL_ACCOUNT_USAGE: dict.fromkeys(self.backend_components, 0.0)}
        return report.get(resource_backend_id, idle)
