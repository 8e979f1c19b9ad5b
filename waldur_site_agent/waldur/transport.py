"""Requests until they are answered: repeated where that is safe, within their time."""

from __future__ import annotations

import time
from copy import copy
from typing import TYPE_CHECKING

import stamina
import structlog

from waldur_site_agent.metrics.counting import waldur_asked
from waldur_site_agent.waldur.answers import Answer, check, outcome_of
from waldur_site_agent.waldur.deadline import Deadline
from waldur_site_agent.waldur.errors import TransientError
from waldur_site_agent.waldur.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from waldur_site_agent.waldur.call import Call
    from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy

logger = structlog.get_logger(__name__)

UNAUTHORIZED = 401


class Transport:
    """Carries calls to one Mastermind with one credential. Safe to share between threads."""

    def __init__(
        self,
        settings: ConnectionSettings,
        *,
        network: httpx2.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open nothing yet. ``network`` replaces the real one."""
        self._pool = Pool(settings, network=network, clock=clock)
        self._timeout_seconds = settings.timeout_seconds
        self._retries = settings.retries
        self._keys = settings.keys
        self._clock = clock

    def with_patience(self, *, timeout_seconds: float, retries: RetryPolicy) -> Transport:
        """Carry calls over the same connections, with another patience; see ConnectionSettings."""
        other = copy(self)
        other._timeout_seconds, other._retries = timeout_seconds, retries  # noqa: SLF001 - of its own kind
        return other

    def send(self, call: Call) -> Answer:
        """Carry a call, again if that is safe and may help, within the settings' time.

        Raises:
            WaldurError: see ``errors``; nothing else.
        """
        deadline = Deadline(self._timeout_seconds, self._clock)
        if not call.repeatable:
            return self._attempt(call, deadline, number=1)
        policy = self._retries
        for attempt in stamina.retry_context(
            on=lambda error: self._wait_before_repeating(error, deadline),
            attempts=policy.attempts,
            timeout=None,
            wait_initial=policy.first_wait,
            wait_max=policy.longest_wait,
            wait_jitter=policy.jitter,
        ):
            with attempt:
                return self._attempt(call, deadline, number=attempt.num)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def authorization(self) -> str:
        """Tell the ``Authorization`` header of this moment, for clients of other makes.

        Raises:
            WaldurError: the identity provider gave none.
        """
        return self._pool.authentication.header()

    def renew_authorization(self, refused: str) -> bool:
        """Forget a header that somebody else refused; tell whether asking again may help."""
        return self._pool.authentication.renew(refused)

    def address(self, path: str) -> str:
        """Write the full address of a path below the API's root."""
        return self._pool.address(path)

    def close(self) -> None:
        """Close all connections. A later call opens new ones."""
        self._pool.close()

    def _wait_before_repeating(self, error: Exception, deadline: Deadline) -> bool | float:
        """Decide whether to repeat: False for no, True for the usual wait, or seconds."""
        policy = self._retries
        if not isinstance(error, TransientError):
            return False
        wait = error.retry_after
        if deadline.remaining() <= (wait or policy.longest_wait):
            return False
        if wait is None:
            return True
        return wait if wait <= policy.longest_retry_after else False

    def _attempt(self, call: Call, deadline: Deadline, *, number: int) -> Answer:
        started = self._clock()
        status: int | None = None
        try:
            answer = self._authenticated(call, deadline)
            status = answer.status
        finally:
            seconds = self._clock() - started
            waldur_asked(operation=call.operation, outcome=outcome_of(status), seconds=seconds)
            # The path holds uuids at most; the query may be about persons, and stays out.
            logger.debug(
                "waldur.request",
                operation=call.operation,
                method=call.method,
                path=call.path,
                status=status,
                milliseconds=round(seconds * 1000),
                attempt=number,
            )
        return check(call, answer, keys=self._keys)

    def _authenticated(self, call: Call, deadline: Deadline) -> Answer:
        """Send with the current token; once more with a new one where that was refused.

        A refused request was not carried out, so that repeating it is always safe.
        """
        authentication = self._pool.authentication
        header = authentication.header()
        answer = self._pool.ask(call, deadline, authorization=header)
        if answer.status == UNAUTHORIZED and authentication.renew(header):
            answer = self._pool.ask(call, deadline, authorization=authentication.header())
        return answer
