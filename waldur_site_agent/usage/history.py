"""Loading past months: what a person does once, and may do again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.usage.plan import Rules
from waldur_site_agent.usage.report import UsageReport
from waldur_site_agent.usage.resources import find_resources
from waldur_site_agent.usage.usage_pass import UsagePass
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.usage.periods import Month


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
        one = UsagePass(
            site,
            months=[month],
            reported=reported,
            rules=rules,
            check_stop=check_stop,
            beat=lambda: None,
        )
        try:
            report = one.run()
        except (WaldurError, BackendError, BackendNotReadyError) as error:
            report = UsageReport(given_up=str(error))
        yield month, report
        reported = replace(reported, missing=(), unknown={})  # which were told once
