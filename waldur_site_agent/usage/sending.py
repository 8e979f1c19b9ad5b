"""Sending what differs in a month: totals by resource, then users' amounts, many in a call."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.metrics.counting import changed
from waldur_site_agent.usage.observing import AT_ONCE, read_totals
from waldur_site_agent.usage.refusals import (
    GivenUpError,
    MisfiledError,
    MonthClosedError,
    is_closed,
)
from waldur_site_agent.usage.users import UserSending
from waldur_site_agent.waldur.errors import RefusedError, WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.usage.months import ResourceMonth
    from waldur_site_agent.usage.people import People
    from waldur_site_agent.usage.periods import Month
    from waldur_site_agent.usage.report import UsageReport
    from waldur_site_agent.waldur.models import ComponentUsage

logger = structlog.get_logger(__name__)

IN_A_ROW = 3
"""So many resources without an answer from Waldur, and the rest is left for the next pass."""
UNAUTHORIZED = 401


class Sending:
    """The sending of one month. Nothing is sent twice, and a failure concerns one resource."""

    def __init__(
        self,
        site: Site,
        month: Month,
        *,
        at: datetime,
        is_past: bool,
        people: People,
        report: UsageReport,
        check_stop: Callable[[], None],
        beat: Callable[[], None],
    ) -> None:
        """Send nothing yet.

        Args:
            site: the offering at work.
            month: which one.
            at: the moment by which Waldur files it.
            is_past: whether the month is over in UTC, so that Waldur has to go by that moment.
            people: whose usage it is.
            report: where it is counted.
            check_stop: raises StoppedError when the process should end.
            beat: called before each resource.
        """
        self._site = site
        self._month = month
        self._at = at
        self._is_past = is_past
        self._report = report
        self._check_stop = check_stop
        self._beat = beat
        self._silent = 0
        self._counting = threading.Lock()
        self._users = UserSending(
            site.waldur.usages, at=at, people=people, sent=lambda n: self._count("users_sent", n)
        )

    def send(self, planned: Sequence[ResourceMonth]) -> None:
        """Send all that differs; the first alone, as what befalls it may be about the month.

        Raises:
            MonthClosedError: Waldur takes nothing for this month.
            MisfiledError: Waldur files what it is sent under another month.
            GivenUpError: Waldur stopped answering.
            StoppedError: the process was asked to end.
            WaldurError: the token is not accepted any more.
        """
        differing = [one for one in planned if one.plan.differs]
        there = self._each(differing[:1], self._send_totals)
        if self._is_past and there and there[0].plan.totals:
            self._require_filed(there[0])
        there += self._each(differing[1:], self._send_totals)
        wanting = [one for one in there if one.plan.users]
        records = self._records(wanting)
        known = [one for one in wanting if one.uuid in records]
        self._each(known, lambda one: self._users.send(one, records[one.uuid]))

    def _each(
        self, many: Sequence[ResourceMonth], send: Callable[[ResourceMonth], None]
    ) -> list[ResourceMonth]:
        """Send something of each, several at a time; answers with those that were taken."""
        taken: list[ResourceMonth] = []
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            for first in range(0, len(many), AT_ONCE):
                group = many[first : first + AT_ONCE]
                self._beat()
                self._check_stop()
                errors = pool.map(lambda one: _error_of(send, one), group)
                answers = list(zip(group, errors, strict=True))
                taken += [one for one, error in answers if self._is_taken(one, error)]
        return taken

    def _send_totals(self, one: ResourceMonth) -> None:
        amounts = {change.component: change.now for change in one.plan.totals}
        if amounts:
            self._site.waldur.usages.set_totals(one.uuid, amounts, self._at)
            self._count("totals_sent", len(amounts))

    def _require_filed(self, one: ResourceMonth) -> None:
        """Make sure that Waldur went by the moment that was sent: servers of 2024 do not."""
        rows = self._totals_of([one.uuid])[one.uuid]
        if isinstance(rows, WaldurError):
            raise GivenUpError(str(rows)) from rows
        filed = {row.type: row.usage for row in rows}
        if any(filed.get(change.component) != change.now for change in one.plan.totals):
            raise MisfiledError(one.uuid)

    def _records(self, wanting: Sequence[ResourceMonth]) -> Mapping[UUID, Mapping[str, UUID]]:
        """The records of totals to which users' amounts belong; new ones are read once."""
        known = {one.uuid: one.records for one in wanting if one.has_records}
        new = [one for one in wanting if not one.has_records]
        return known | dict(self._new_records(new))

    def _new_records(
        self, new: Sequence[ResourceMonth]
    ) -> Iterator[tuple[UUID, Mapping[str, UUID]]]:
        totals = self._totals_of([one.uuid for one in new]) if new else {}
        for one in new:
            rows = totals[one.uuid]
            if isinstance(rows, WaldurError):
                self._left(one, rows)
            else:
                yield one.uuid, {row.type: row.uuid for row in rows}

    def _totals_of(
        self, resources: Sequence[UUID]
    ) -> Mapping[UUID, Sequence[ComponentUsage] | WaldurError]:
        """Read totals anew; without them, nothing more can be sent of this month."""
        try:
            return read_totals(self._site, self._month, resources)
        except WaldurError as error:
            raise GivenUpError(str(error)) from error

    def _is_taken(self, one: ResourceMonth, error: WaldurError | None) -> bool:
        """Judge what became of one resource.

        Raises:
            MonthClosedError: it is about the month.
            GivenUpError: it was one too many.
            WaldurError: the token is not accepted.
        """
        if error is None:
            self._silent = 0
        elif isinstance(error, RefusedError):
            self._refused(one, error)
        else:
            self._left(one, error)
        return error is None

    def _refused(self, one: ResourceMonth, error: RefusedError) -> None:
        if error.status == UNAUTHORIZED:
            raise error
        if is_closed(error):
            raise MonthClosedError(str(error)) from error
        self._silent = 0
        self._count("refused", 1)
        logger.error("usage.refused", backend_id=one.backend_id, why=str(error))

    def _left(self, one: ResourceMonth, error: WaldurError) -> None:
        self._count("left", 1)
        self._silent += 1
        logger.warning("usage.left", backend_id=one.backend_id, why=str(error))
        if self._silent >= IN_A_ROW:
            raise GivenUpError(str(error)) from error

    def _count(self, name: str, number: int) -> None:
        with self._counting:
            self._report.counts[name] += number
        changed(offering=self._site.offering.name, kind="usage", outcome=name, number=number)


def _error_of(send: Callable[[ResourceMonth], None], one: ResourceMonth) -> WaldurError | None:
    try:
        send(one)
    except WaldurError as error:
        return error
    return None
