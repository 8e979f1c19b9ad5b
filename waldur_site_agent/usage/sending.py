"""Sending what differs in a month: totals by resource, then users' amounts, many in a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.usage.observing import read_totals
from waldur_site_agent.usage.refusals import GivenUpError, MonthClosedError, is_closed
from waldur_site_agent.waldur.errors import NotFoundError, RefusedError, WaldurError
from waldur_site_agent.waldur.usages import UserAmount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.usage.months import ResourceMonth
    from waldur_site_agent.usage.people import People
    from waldur_site_agent.usage.periods import Month
    from waldur_site_agent.usage.report import UsageReport

logger = structlog.get_logger(__name__)

IN_A_ROW = 3
"""So many resources without an answer from Waldur, and the rest is left for the next pass."""
USERS_AT_ONCE = 300
UNAUTHORIZED = 401
BAD_METHOD = 405


class Sending:
    """The sending of one month. Nothing is sent twice, and a failure concerns one resource."""

    def __init__(
        self,
        site: Site,
        month: Month,
        *,
        at: datetime,
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
            people: whose usage it is.
            report: where it is counted.
            check_stop: raises StoppedError when the process should end.
            beat: called before each resource.
        """
        self._site = site
        self._month = month
        self._at = at
        self._people = people
        self._report = report
        self._check_stop = check_stop
        self._beat = beat
        self._silent = 0
        self._bulk = True

    def send(self, planned: Sequence[ResourceMonth]) -> None:
        """Send all that differs.

        Raises:
            MonthClosedError: Waldur takes nothing for this month.
            GivenUpError: Waldur stopped answering.
            StoppedError: the process was asked to end.
            WaldurError: the token is not accepted any more.
        """
        differing = [one for one in planned if one.plan.differs]
        there = [one for one in differing if self._attempt(one, self._totals)]
        records = self._records(there)
        for one in there:
            if one.plan.users and one.uuid in records:
                self._attempt(one, lambda one: self._users(one, records[one.uuid]))

    def _attempt(self, one: ResourceMonth, send: Callable[[ResourceMonth], None]) -> bool:
        """Send something of one resource; whether it was taken."""
        self._beat()
        self._check_stop()
        try:
            send(one)
        except RefusedError as error:
            self._refused(one, error)
            return False
        except WaldurError as error:
            self._left(one, error)
            return False
        self._silent = 0
        return True

    def _totals(self, one: ResourceMonth) -> None:
        amounts = {change.component: change.now for change in one.plan.totals}
        if amounts:
            self._site.waldur.usages.set_totals(one.uuid, amounts, self._at)
            self._report.counts["totals_sent"] += len(amounts)

    def _records(self, there: Sequence[ResourceMonth]) -> Mapping[UUID, Mapping[str, UUID]]:
        """The records of totals to which users' amounts belong; new ones are read once."""
        wanting = [one for one in there if one.plan.users]
        new = [one.uuid for one in wanting if not one.has_records]
        known = {one.uuid: one.records for one in wanting if one.has_records}
        return known | (self._new_records(wanting, new) if new else {})

    def _new_records(
        self, wanting: Sequence[ResourceMonth], new: Sequence[UUID]
    ) -> dict[UUID, Mapping[str, UUID]]:
        totals = read_totals(self._site, self._month, new)
        records: dict[UUID, Mapping[str, UUID]] = {}
        for one in wanting:
            rows = totals.get(one.uuid, ())
            if isinstance(rows, WaldurError):
                self._left(one, rows)
            elif one.uuid in totals:
                records[one.uuid] = {row.type: row.uuid for row in rows}
        return records

    def _users(self, one: ResourceMonth, records: Mapping[str, UUID]) -> None:
        for component, amounts in self._by_component(one):
            if component not in records:
                raise RefusedError(f"Waldur shows no usage of {component} in {self._month}")
            for first in range(0, len(amounts), USERS_AT_ONCE):
                self._send_users(records[component], amounts[first : first + USERS_AT_ONCE])

    def _by_component(self, one: ResourceMonth) -> Iterator[tuple[str, list[UserAmount]]]:
        amounts: dict[str, list[UserAmount]] = {}
        for change in one.plan.users:
            account = self._people.account_of(change.username)
            amounts.setdefault(change.component, []).append(
                UserAmount(username=change.username, amount=change.now, account=account)
            )
        yield from amounts.items()

    def _send_users(self, record: UUID, amounts: Sequence[UserAmount]) -> None:
        """Send many users' amounts; one by one where the server is too old, or refuses some.

        Raises:
            RefusedError: some were refused, the others sent.
        """
        if self._bulk:
            try:
                self._site.waldur.usages.set_users(record, amounts, self._at)
            except RefusedError as error:
                if _is_missing(error):
                    self._bulk = False
                elif len(amounts) == 1 or error.status == UNAUTHORIZED:
                    raise
            else:
                self._report.counts["users_sent"] += len(amounts)
                return
        self._send_singly(record, amounts)

    def _send_singly(self, record: UUID, amounts: Sequence[UserAmount]) -> None:
        refused: RefusedError | None = None
        for amount in amounts:
            try:
                self._send_one(record, amount)
            except RefusedError as error:
                refused = error
            else:
                self._report.counts["users_sent"] += 1
        if refused is not None:
            raise refused

    def _send_one(self, record: UUID, amount: UserAmount) -> None:
        if self._bulk:
            self._site.waldur.usages.set_users(record, [amount], self._at)
        else:
            self._site.waldur.usages.set_user(record, amount, self._at)

    def _refused(self, one: ResourceMonth, error: RefusedError) -> None:
        if error.status == UNAUTHORIZED:
            raise error
        if is_closed(error):
            raise MonthClosedError(str(error)) from error
        self._silent = 0
        self._report.counts["refused"] += 1
        logger.error(
            "usage.refused",
            backend_id=one.backend_id,
            month=str(self._month),
            why=str(error),
        )

    def _left(self, one: ResourceMonth, error: WaldurError) -> None:
        self._report.counts["left"] += 1
        self._silent += 1
        logger.warning(
            "usage.left", backend_id=one.backend_id, month=str(self._month), why=str(error)
        )
        if self._silent >= IN_A_ROW:
            raise GivenUpError(str(error)) from error


def _is_missing(error: RefusedError) -> bool:
    """Whether the server does not have the operation."""
    return (isinstance(error, NotFoundError) and error.unrouted) or error.status == BAD_METHOD
