"""What many resources used in one month, told apart from what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import measuring
from waldur_site_agent.backend.hooks.reading import ReadingHooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.structures import Measured


class MeasuringHooks(ReadingHooks):
    """Measuring a month for the report mode."""

    def measure_usage(self, resource_backend_ids: Sequence[str], year: int, month: int) -> Measured:
        """Measure what many resources used in one month; called by the report mode.

        A backend that reads a month in bulk overrides this, and answers from one reading. The
        default asks ``_get_usage_report`` for the current month and ``get_usage_report_for_period``
        for others: for all resources at once, and where that fails, for one after the other.
        Plugins for the 1.x agent that need more than ids are asked as it did, one by one: those
        that override ``pull_resource`` by that, and ``get_usage_report_for_period`` with its
        ``waldur_resource``.

        A month begins and ends at midnight in ``timezone``. What is reported is of that month
        alone, also when the month ends while it is measured.

        Args:
            resource_backend_ids: of resources that the backend has. Those that it turns out not to
                have belong into ``unmeasured``.
            year: of the month.
            month: 1 to 12; the current month or an earlier one.

        Returns:
            What was measured, and what was not. Never zeros for what could not be read.

        Raises:
            BackendError: nothing could be measured; as good as all ids in ``unmeasured``.
        """
        return measuring.measure(self, resource_backend_ids, year, month)
