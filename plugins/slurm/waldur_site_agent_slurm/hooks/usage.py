"""What resources used in a month."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import Measured
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent_slurm.hooks.foundation import Foundation
from waldur_site_agent_slurm.usage import measure
from waldur_site_agent_slurm.windows import month_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.structures import UsageReport
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_slurm.windows import Window

NOT_BEGUN = "the month has not begun at the site"


class UsageHooks(Foundation):
    """A month's usage in Waldur units, from one sacct."""

    def measure_usage(self, resource_backend_ids: Sequence[str], year: int, month: int) -> Measured:
        """Measure what resources used in a month so far, by one sacct; see the base class."""
        begun = _window(year, month, self.timezone).until(int(time.time()))
        if not begun.seconds:
            return Measured(unmeasured=dict.fromkeys(resource_backend_ids, NOT_BEGUN))
        return measure(self.client, self._usage_rules, resource_backend_ids, begun)

    def _get_usage_report(self, resource_backend_ids: list[str]) -> UsageReport:
        now = get_current_time_in_timezone(self.timezone)
        measured = self.measure_usage(resource_backend_ids, now.year, now.month)
        for reason in measured.unmeasured.values():
            raise BackendError(reason)
        return measured.report

    def get_usage_report_for_period(
        self,
        resource_backend_ids: list[str],
        year: int,
        month: int,
        waldur_resource: WaldurResource | None = None,
    ) -> UsageReport:
        """Report a past month's usage, in Waldur units; what cannot be told is left out."""
        del waldur_resource
        return self.measure_usage(resource_backend_ids, year, month).report


def _window(year: int, month: int, timezone: str) -> Window:
    try:
        return month_window(year, month, timezone)
    except ValueError as error:
        raise BackendError(str(error)) from error
