"""Loading past months: what a person does once, and may do again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.usage.months import CORRECTING
from waldur_site_agent.usage.periods import Month
from waldur_site_agent.usage.plan import Rules
from waldur_site_agent.usage.report import UsageReport
from waldur_site_agent.usage.resources import Reported, find_resources
from waldur_site_agent.usage.usage_pass import UsagePass
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.sites.site import Site


def keeps_history(backend: BaseBackend) -> bool:
    """Whether a backend can tell of past months at all."""
    hooks = ("measure_usage", "get_usage_report_for_period")
    return any(overrides(backend, hook) for hook in hooks)


def rules_of_loading(*, reconcile: bool, tells_users: bool) -> Rules:
    """How history is corrected: to what is measured, up or down.

    Args:
        reconcile: what is in Waldur and was not measured is set to zero, too.
        tells_users: users' amounts are sent, not only totals.
    """
    return Rules(
        holds_decreases=False,
        clears_absent_users=reconcile,
        clears_absent_components=reconcile,
        writes_zero=reconcile,
        tells_users=tells_users,
    )


def load_history(
    site: Site,
    months: Sequence[Month],
    *,
    only: Sequence[str],
    rules: Rules,
    check_stop: Callable[[], None],
) -> Iterator[tuple[Month, UsageReport]]:
    """Load month after month; one that fails stops no other, and its report says why.

    Where Waldur turns out to file all usage under the current month, that is put right, and no
    other month is loaded.

    Args:
        site: the offering at work.
        months: from the oldest on.
        only: the resources to load; none for all.
        rules: how history is corrected.
        check_stop: raises StoppedError when the process should end.

    Raises:
        WaldurError: Waldur did not list its resources.
        BackendUnavailableError: the backend does not answer.
        UnknownResourceError: a resource that was asked for is not there.
        StoppedError: the process was asked to end.
    """
    reported = find_resources(site, only)
    for month in months:
        report = _load(site, month, reported, rules, check_stop)
        yield month, report
        if report.misfiled:
            current = Month.of(datetime.now(UTC), ZoneInfo(site.backend.timezone))
            there = [one for one in reported.there if one.uuid == report.misfiled]
            yield current, _load(site, current, Reported(there=there), CORRECTING, check_stop)
            return
        reported = replace(reported, missing=(), unknown={})  # which were told once


def _load(
    site: Site,
    month: Month,
    reported: Reported,
    rules: Rules,
    check_stop: Callable[[], None],
) -> UsageReport:
    one = UsagePass(
        site,
        months=[month],
        reported=reported,
        rules=rules,
        check_stop=check_stop,
        beat=lambda: None,
    )
    try:
        return one.run()
    except (WaldurError, BackendError, BackendNotReadyError) as error:
        return UsageReport(given_up=str(error))
