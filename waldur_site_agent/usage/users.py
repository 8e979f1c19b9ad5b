"""Sending users' amounts: many in a call, one by one where that is not possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.errors import NotFoundError, RefusedError
from waldur_site_agent.waldur.usages import UserAmount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from waldur_site_agent.usage.months import ResourceMonth
    from waldur_site_agent.usage.people import People
    from waldur_site_agent.waldur.usages import Usages

MOST = 300
"""So many users go in one call."""
UNAUTHORIZED = 401
BAD_METHOD = 405


class UserSending:
    """Sends users' amounts of one month; threads may share it."""

    def __init__(
        self, usages: Usages, *, at: datetime, people: People, sent: Callable[[int], None]
    ) -> None:
        """Send nothing yet.

        Args:
            usages: where to.
            at: the moment by which Waldur files them.
            people: whose they are.
            sent: told how many were taken.
        """
        self._usages = usages
        self._at = at
        self._people = people
        self._sent = sent
        self._in_bulk = True

    def send(self, one: ResourceMonth, records: Mapping[str, UUID]) -> None:
        """Send what differs of a resource's users.

        Args:
            one: the resource's month.
            records: component usages by component.

        Raises:
            RefusedError: some were refused; the others were sent.
            WaldurError: Waldur did not answer.
        """
        for component, amounts in self._by_component(one).items():
            if component not in records:
                raise RefusedError(f"Waldur shows no usage of {component} for {one.backend_id}")
            for first in range(0, len(amounts), MOST):
                self._send(records[component], amounts[first : first + MOST])

    def _by_component(self, one: ResourceMonth) -> Mapping[str, Sequence[UserAmount]]:
        amounts: dict[str, list[UserAmount]] = {}
        for change in one.plan.users:
            amount = UserAmount(
                username=change.username,
                amount=change.now,
                account=self._people.account_of(change.username),
            )
            amounts.setdefault(change.component, []).append(amount)
        return amounts

    def _send(self, record: UUID, amounts: Sequence[UserAmount]) -> None:
        if self._in_bulk and self._are_taken(record, amounts):
            self._sent(len(amounts))
        else:
            self._send_singly(record, amounts)

    def _are_taken(self, record: UUID, amounts: Sequence[UserAmount]) -> bool:
        """Send many; False where they should be tried one by one.

        Raises:
            WaldurError: that would not help.
        """
        try:
            self._usages.set_users(record, amounts, self._at)
        except RefusedError as error:
            if _is_missing(error):
                self._in_bulk = False
            elif len(amounts) == 1 or error.status == UNAUTHORIZED:
                raise
            return False
        return True

    def _send_singly(self, record: UUID, amounts: Sequence[UserAmount]) -> None:
        refused: RefusedError | None = None
        for amount in amounts:
            try:
                self._send_one(record, amount)
            except RefusedError as error:
                refused = error
            else:
                self._sent(1)
        if refused is not None:
            raise refused

    def _send_one(self, record: UUID, amount: UserAmount) -> None:
        if self._in_bulk:
            self._usages.set_users(record, [amount], self._at)
        else:
            self._usages.set_user(record, amount, self._at)


def _is_missing(error: RefusedError) -> bool:
    """Whether the server does not have the operation."""
    return (isinstance(error, NotFoundError) and error.unrouted) or error.status == BAD_METHOD
