"""What resources used, as MUP tells it of their allocations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE, Measured
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent_mup.hooks.foundation import Foundation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.structures import ResourceUsage, UsageReport
    from waldur_site_agent_mup.view import View

NOT_THERE = "MUP has no such allocation"
MONTH_ENDED = "the month ended while its usage was read"


class UsageHooks(Foundation):
    """Usage in Waldur units. MUP keeps no months: it tells how much was used by now."""

    def measure_usage(self, resource_backend_ids: Sequence[str], year: int, month: int) -> Measured:
        """Measure the current month; of others, MUP keeps no record.

        A resource of which one allocation could not be read is not measured as a whole.
        """
        if not self._is_now(year, month):
            return Measured(unrecorded=frozenset(resource_backend_ids))
        measured = self._measure(resource_backend_ids)
        if not self._is_now(year, month):
            return Measured(unmeasured=dict.fromkeys(resource_backend_ids, MONTH_ENDED))
        return measured

    def _is_now(self, year: int, month: int) -> bool:
        now = get_current_time_in_timezone(self.timezone)
        return (now.year, now.month) == (year, month)

    def _measure(self, backend_ids: Sequence[str]) -> Measured:
        report: UsageReport = {}
        unmeasured: dict[str, str] = {}
        with self._one_view() as view:
            for number, backend_id in enumerate(backend_ids):
                try:
                    report[backend_id] = self._used(view, backend_id)
                except BackendUnavailableError as error:
                    if not self.ping():
                        rest = dict.fromkeys(backend_ids[number:], str(error))
                        return Measured(report=report, unmeasured={**unmeasured, **rest})
                    unmeasured[backend_id] = str(error)
                except BackendError as error:
                    unmeasured[backend_id] = str(error)
        return Measured(report=report, unmeasured=unmeasured)

    def _used(self, view: View, backend_id: str) -> ResourceUsage:
        """One resource's usage by user, and in all.

        Raises:
            BackendError: MUP does not have it, or its usage could not be read.
        """
        holding = self._find(view, backend_id)
        if holding is None:
            raise BackendError(NOT_THERE)
        used: ResourceUsage = {TOTAL_ACCOUNT_USAGE: {}}
        for name, allocation in holding.parts.items():
            told, component = self.portal.allocations.usage(allocation), self.components[name]
            used[TOTAL_ACCOUNT_USAGE][name] = component.amount(told.total)
            for user, amount in told.users.items():
                used.setdefault(user, {})[name] = component.amount(amount)
        return used

    def _get_usage_report(self, resource_backend_ids: list[str]) -> UsageReport:
        with self._one_view() as view:
            return {one: self._used(view, one) for one in resource_backend_ids}
