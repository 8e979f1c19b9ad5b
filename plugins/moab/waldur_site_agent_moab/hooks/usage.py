"""What accounts were charged in a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent_moab.charges import add_up
from waldur_site_agent_moab.hooks.foundation import Foundation
from waldur_site_agent_moab.months import month_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.structures import Measured, UsageReport
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_moab.months import Window


class UsageHooks(Foundation):
    """A month's charges, from one listing of usage records. One credit is one unit in Waldur."""

    def measure_usage(self, resource_backend_ids: Sequence[str], year: int, month: int) -> Measured:
        """Measure what accounts were charged in a month so far; see the base class."""
        window = self._window(year, month)
        with self.client.one_view():
            charges = self.client.charges(window)
            return add_up(charges, set(resource_backend_ids), self.client.accounts())

    def _window(self, year: int, month: int) -> Window:
        zone = self.settings.mam_timezone
        try:
            return month_window(year, month, timezone=self.timezone, mam_timezone=zone)
        except ValueError as error:
            raise BackendError(str(error)) from error

    def _get_usage_report(self, resource_backend_ids: list[str]) -> UsageReport:
        now = get_current_time_in_timezone(self.timezone)
        measured = self.measure_usage(resource_backend_ids, now.year, now.month)
        for backend_id, reason in measured.unmeasured.items():
            raise BackendError(f"{backend_id}: {reason}")
        return measured.report

    def get_usage_report_for_period(
        self,
        resource_backend_ids: list[str],
        year: int,
        month: int,
        waldur_resource: WaldurResource | None = None,
    ) -> UsageReport:
        """Report a past month's charges; what cannot be told is left out."""
        del waldur_resource
        return self.measure_usage(resource_backend_ids, year, month).report
