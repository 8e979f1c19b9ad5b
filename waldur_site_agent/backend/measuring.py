"""Measuring a month with the hooks that every plugin has, also one for the 1.x agent.

Those cannot tell *not measured* from *idle* but by raising, and answer for *now* or for the past,
not for a month that ends while they are asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.answering import is_answering
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.backend.in_hand import in_hand
from waldur_site_agent.backend.overriding import overrides, takes
from waldur_site_agent.backend.pulling import pulling
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.backend.structures import Measured
from waldur_site_agent.backend.utils import get_current_time_in_timezone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from waldur_site_agent.backend.hooks.reading import ReadingHooks
    from waldur_site_agent.backend.structures import UsageReport

    Read: TypeAlias = Callable[[list[str]], UsageReport]

MONTH_ENDED = "the month ended while its usage was read"
NOT_THERE = "the backend did not show it when its usage was read"


def measure(backend: ReadingHooks, ids: Sequence[str], year: int, month: int) -> Measured:
    """Measure a month: the current one by ``_get_usage_report``, others as the past."""
    if _is_current(backend, year, month):
        return _current(backend, ids, year, month)
    return _past(backend, ids, year, month)


def _current(backend: ReadingHooks, ids: Sequence[str], year: int, month: int) -> Measured:
    """Read what was used so far.

    The hook reads the month of the moment at which it is asked, so an answer that came after the
    month's end may be about the next one.
    """
    if overrides(backend, "pull_resource") and _are_in_hand(ids):
        report, unmeasured = _read_singly(backend, ids, lambda some: _pull_whole(backend, some))
    else:
        report, unmeasured = _read(backend, ids, backend._get_usage_report)  # noqa: SLF001 - the contract's hook
    if overrides(backend, "_pull_backend_resource"):
        silent = [one for one in ids if one not in report and one not in unmeasured]
        pulled, not_pulled = _read_singly(backend, silent, lambda some: _pull(backend, some))
        report, unmeasured = report | pulled, {**unmeasured, **not_pulled}
    if not _is_current(backend, year, month):
        return Measured(unmeasured=dict.fromkeys(ids, MONTH_ENDED))
    return Measured(report=report, unmeasured=unmeasured)


def _are_in_hand(ids: Sequence[str]) -> bool:
    return all(in_hand(one) is not None for one in ids)


def _pull_whole(backend: ReadingHooks, ids: Sequence[str]) -> UsageReport:
    """Read usage as a plugin does that wants the whole resource for it, not the id alone.

    Raises:
        LookupError: the plugin showed no resource, whatever its reason.
    """
    report: UsageReport = {}
    for backend_id in ids:
        resource = in_hand(backend_id)
        with pulling(include_usage=True, strict=True):
            info = backend.pull_resource(resource) if resource is not None else None
        if info is None:
            raise LookupError(NOT_THERE)
        report[backend_id] = info.usage
    return report


def _pull(backend: ReadingHooks, ids: Sequence[str]) -> UsageReport:
    """Read usage together with the rest of a resource.

    1.x plugins may know it in this way only, and answer nothing when they are asked for reports.

    Raises:
        LookupError: the plugin showed no resource, whatever its reason.
    """
    report: UsageReport = {}
    for backend_id in ids:
        info = backend._pull_backend_resource(backend_id)  # noqa: SLF001 - the contract's hook
        if info is None:
            raise LookupError(NOT_THERE)
        report[backend_id] = info.usage
    return report


def _past(backend: ReadingHooks, ids: Sequence[str], year: int, month: int) -> Measured:
    """Read what the backend recorded; what is missing from the answer was not recorded."""
    if not overrides(backend, "get_usage_report_for_period"):
        return Measured(unrecorded=frozenset(ids))
    report, unmeasured = _read_past(backend, ids, year, month)
    known = report.keys() | unmeasured.keys()
    return Measured(
        report=report, unmeasured=unmeasured, unrecorded=frozenset(ids).difference(known)
    )


def _read_past(
    backend: ReadingHooks, ids: Sequence[str], year: int, month: int
) -> tuple[UsageReport, Mapping[str, str]]:
    """Read a past month, one resource after the other where the plugin wants to see them."""
    hook = backend.get_usage_report_for_period
    if takes(hook, "waldur_resource") and _are_in_hand(ids):
        return _read_singly(
            backend,
            ids,
            lambda some: hook(some, year, month, waldur_resource=in_hand(some[0])),
        )
    return _read(backend, ids, lambda some: hook(some, year, month))


def _read(
    backend: ReadingHooks, ids: Sequence[str], read: Read
) -> tuple[UsageReport, Mapping[str, str]]:
    """Read all at once, or, when that fails while the backend answers, one after the other."""
    try:
        return _of(ids, read(list(ids))), {}
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        _tell(error, f"the usage of {len(ids)} resources")
        if len(ids) == 1 or _is_silent(backend, error):
            return {}, dict.fromkeys(ids, _why(error))
    return _read_singly(backend, ids, read)


def _read_singly(
    backend: ReadingHooks, ids: Sequence[str], read: Read
) -> tuple[UsageReport, Mapping[str, str]]:
    """Read one by one; when the backend falls silent, the rest is not asked for."""
    report: UsageReport = {}
    unmeasured: dict[str, str] = {}
    for number, backend_id in enumerate(ids):
        try:
            report.update(_of([backend_id], read([backend_id])))
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            _tell(error, f"the usage of {backend_id!r}")
            if _is_silent(backend, error):
                return report, unmeasured | dict.fromkeys(ids[number:], _why(error))
            unmeasured[backend_id] = _why(error)
    return report, unmeasured


def _of(ids: Sequence[str], report: UsageReport) -> UsageReport:
    """Of an answer, what was asked for."""
    return {backend_id: report[backend_id] for backend_id in ids if backend_id in report}


def _is_current(backend: ReadingHooks, year: int, month: int) -> bool:
    now = get_current_time_in_timezone(backend.timezone)
    return (now.year, now.month) == (year, month)


def _is_silent(backend: ReadingHooks, error: Exception) -> bool:
    """Whether asking on would be in vain."""
    return isinstance(error, BackendUnavailableError) or not is_answering(backend)


def _why(error: Exception) -> str:
    return scrub_secrets(str(error)) or type(error).__name__


def _tell(error: Exception, what: str) -> None:
    logger.warning("Could not read %s: %s: %s", what, type(error).__name__, _why(error))
