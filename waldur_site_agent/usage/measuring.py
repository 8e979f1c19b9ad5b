"""Asking the backend what resources used in a month."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.backend.structures import Measured
from waldur_site_agent.usage.amounts import NoAmountError
from waldur_site_agent.usage.used import Used, nothing, read_used, without_zeros_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.usage.periods import Month

logger = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class Measurement:
    """What was measured of many resources, by their ids on the backend.

    Attributes:
        used: the usage of those that were measured, the idle among them.
        unmeasured: why others could not be measured.
        unrecorded: those of which the backend keeps no record of the month.
    """

    used: dict[str, Used] = field(default_factory=dict)
    unmeasured: dict[str, str] = field(default_factory=dict)
    unrecorded: frozenset[str] = frozenset()


def unrecorded_as_idle(found: Measurement, components: Iterable[str]) -> None:
    """Take resources of which the backend keeps no record for idle; a person asked for it."""
    found.used |= dict.fromkeys(found.unrecorded, nothing(components))
    found.unrecorded = frozenset()


def measure(
    site: Site,
    ids: Sequence[str],
    month: Month,
    *,
    components: Collection[str],
    name_of: Callable[[str], str],
) -> Measurement:
    """Measure a month. A plugin that fails has measured nothing; never raises for it.

    Args:
        site: the offering at work.
        ids: of resources that the backend has.
        month: the current or an earlier one.
        components: those that this agent measures: an idle resource used nothing of them.
        name_of: see :func:`~waldur_site_agent.usage.used.read_used`.
    """
    measured = _ask(site, ids, month)
    idle = nothing(components)
    found = Measurement(unrecorded=measured.unrecorded)
    for one in ids:
        if one in measured.unmeasured:
            found.unmeasured[one] = measured.unmeasured[one]
        elif one in measured.report:
            used = _read(found, one, measured.report[one], name_of)
            if used is not None:
                found.used[one] = without_zeros_of(used, others_than=components)
        elif one not in measured.unrecorded:
            found.used[one] = idle
    return found


def _read(
    found: Measurement, backend_id: str, reported: object, name_of: Callable[[str], str]
) -> Used | None:
    """Read what a plugin reports of one resource; None for what is no usage, which is noted."""
    try:
        return read_used(reported, name_of=name_of)
    except NoAmountError as error:
        found.unmeasured[backend_id] = str(error)
        return None


def _ask(site: Site, ids: Sequence[str], month: Month) -> Measured:
    if not ids:
        return Measured()
    try:
        return site.backend.measure_usage(ids, month.year, month.month)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything: nothing was measured then
        why = scrub_secrets(str(error)) or type(error).__name__
        logger.warning("usage.unreadable", why=why, kind=type(error).__name__)
        return Measured(unmeasured=dict.fromkeys(ids, why))
