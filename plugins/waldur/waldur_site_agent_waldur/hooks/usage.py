"""What resources used on the target."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import Measured
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent_waldur.hooks.foundation import Foundation
from waldur_site_agent_waldur.usage_listing import read_usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.structures import UsageReport
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent.waldur.models import ConsumerResource

NOT_SHOWN = "the target Waldur does not show the resource"


class UsageHooks(Foundation):
    """A month of the target's, in the source's components."""

    def measure_usage(self, resource_backend_ids: Sequence[str], year: int, month: int) -> Measured:
        """Measure what many resources used in one month, by two listings.

        What the target does not show was not measured, rather than not used; of a month before a
        resource was made there, it has no record.

        Raises:
            BackendError: the target could not be read.
        """
        found = {one: self._living(one) for one in resource_backend_ids}
        shown = {one: resource for one, resource in found.items() if resource is not None}
        later = frozenset(one for one, of in shown.items() if _is_made_after(of, year, month))
        measured = [one for one in shown if one not in later]
        return Measured(
            report=self._report(measured, date(year, month, 1)),
            unmeasured=dict.fromkeys(found.keys() - shown.keys(), NOT_SHOWN),
            unrecorded=later,
        )

    def _get_usage_report(self, resource_backend_ids: list[str]) -> UsageReport:
        """The current month's usage."""
        now = get_current_time_in_timezone(self.timezone)
        return self._report(resource_backend_ids, date(now.year, now.month, 1))

    def get_usage_report_for_period(
        self,
        resource_backend_ids: list[str],
        year: int,
        month: int,
        waldur_resource: WaldurResource | None = None,  # noqa: ARG002 - the contract's parameter
    ) -> UsageReport:
        """A past month's usage, which the target keeps."""
        return self._report(resource_backend_ids, date(year, month, 1))

    def _report(self, backend_ids: Sequence[str], month: date) -> UsageReport:
        if not backend_ids:
            return {}
        used = read_usage(self.target.waldur, self.settings, backend_ids, month)
        return {
            backend_id: self.usage_rules.to_source(of_it.total, of_it.by_user)
            for backend_id, of_it in used.items()
        }


def _is_made_after(resource: ConsumerResource, year: int, month: int) -> bool:
    """Whether a resource was made after a month, in UTC, by which the target names months."""
    made = resource.created
    return made is not None and (made.year, made.month) > (year, month)
