"""One queue, kept connected for ever by a thread of its own."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from waldur_site_agent.events.delivery import Delivery
from waldur_site_agent.events.errors import (
    BrokerError,
    ClosedError,
    LoginRefusedError,
    QueueMissingError,
)
from waldur_site_agent.events.health import Health, HealthRecord
from waldur_site_agent.events.opening import open_session
from waldur_site_agent.events.reading import Oddity
from waldur_site_agent.events.subscribing import NoCommonQueueError
from waldur_site_agent.events.telling import Telling
from waldur_site_agent.waldur.errors import RefusedError, WaldurError

if TYPE_CHECKING:
    from waldur_site_agent.events.session import Message, Session
    from waldur_site_agent.events.subscribing import Registration
    from waldur_site_agent.events.subscription import Subscription
    from waldur_site_agent.events.terms import Terms

STABLE_SECONDS = 30.0
"""A connection that lasted so long was a good one: the next try comes soon."""


class Line:
    """A queue and the thread that reads it. The thread ends when it is told to, and only then."""

    def __init__(self, terms: Terms, registration: Registration, *, name: str = "") -> None:
        """Connect to nothing yet."""
        self._terms = terms
        self._registration = registration
        self._record = HealthRecord(name, clock=terms.clock)
        self._telling = Telling(offering=terms.offering_name, name=name, broker=terms.broker)
        self._subscription: Subscription | None = None
        self._failures = 0
        self._paused = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._thread = threading.Thread(
            target=self._run, name=f"events-{name or 'all'}", daemon=True
        )

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def pause(self) -> None:
        """Hand over nothing more; what comes stays in the queue for the next connection."""
        self._paused.set()

    def begin_to_stop(self) -> None:
        """Say goodbye to the broker, after all that was acknowledged; returns at once.

        A broker that takes nothing more would hold up whoever speaks to it.
        """
        self._paused.set()
        self._stopping.set()
        with self._lock:
            session = self._session
        if session is not None:
            threading.Thread(target=session.say_goodbye, daemon=True).start()

    def wait_until_stopped(self, *, seconds: float) -> bool:
        """Wait for the end; True when it came in time."""
        if self._thread.ident is not None:
            self._thread.join(max(seconds, 0.0))
        return not self._thread.is_alive()

    def abort(self) -> None:
        """Cut the connection."""
        with self._lock:
            session = self._session
        if session is not None:
            session.abort()

    def health(self) -> Health:
        """Tell how the line is."""
        health = replace(self._record.now, working=self._thread.is_alive())
        with self._lock:
            session = self._session
        return replace(health, last_frame=session.last_received) if session else health

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
            except ClosedError:
                break
            except NoCommonQueueError:
                self._terms.without_common_queue()
                break
            except (BrokerError, WaldurError) as error:
                self._come_down(error)
            except Exception as error:  # noqa: BLE001 - a line that ended silently would be deaf
                self._telling.failed(error)
                self._come_down(error)
        self._record.is_down("stopped", "stopped")

    def _serve(self) -> None:
        """Connect, and hand over messages until that ends, which an error tells."""
        subscription = self._subscribed()
        session = open_session(
            self._terms.broker, subscription, self._terms.wishes, clock=self._terms.clock
        )
        try:
            self._adopt(session)
            self._hand_over(session, subscription)
        finally:
            self._let_go(session)

    def _subscribed(self) -> Subscription:
        """Register, unless the last registration still holds: the token is its password."""
        known = self._subscription
        if known is not None and known.passcode == self._registration.agent.passcode():
            return known
        self._subscription = registered = self._registration.register()
        return registered

    def _adopt(self, session: Session) -> None:
        with self._lock:
            self._session = session
        self._record.is_up()
        self._telling.is_up()
        if self._stopping.is_set():
            session.say_goodbye()

    def _let_go(self, session: Session) -> None:
        """End the connection, whatever state it is in, and without waiting for the other side."""
        with self._lock:
            self._session = None
        self._record.heard(session.last_received)
        session.abort()
        session.close()

    def _hand_over(self, session: Session, subscription: Subscription) -> None:
        while True:
            message = session.receive()
            if not self._paused.is_set():
                self._take(message, session, subscription)

    def _take(self, message: Message, session: Session, subscription: Subscription) -> None:
        """Pass hints on; what gives none is done."""
        self._record.got_message()
        found = self._terms.read(message.body, subscription.object_type)
        if isinstance(found, Oddity):
            self._record.got_oddity()
            self._telling.odd(found)
        acknowledge = partial(session.acknowledge, message)
        if isinstance(found, Oddity) or not found:
            acknowledge()
        else:
            self._terms.deliver(Delivery(found, acknowledge))

    def _come_down(self, error: Exception) -> None:
        """Tell, learn from it, and wait."""
        if self._stopping.is_set():
            return
        reason = str(error) or type(error).__name__
        self._learn(error)
        self._record.is_down(_kind(error), reason)
        self._telling.is_down(_kind(error), reason)
        self._stopping.wait(self._patience(error))

    def _learn(self, error: Exception) -> None:
        since = self._record.now.connected_since
        if since is not None and self._terms.clock() - since >= STABLE_SECONDS:
            self._failures = 0
        if isinstance(error, LoginRefusedError) and self._subscription is not None:
            self._registration.agent.was_refused(self._subscription.passcode)
        if isinstance(error, LoginRefusedError | QueueMissingError):
            self._subscription = None

    def _patience(self, error: Exception) -> float:
        """Seconds until the next try. What Waldur refuses, it refuses a second later too."""
        chance = random.random()  # noqa: S311 - spreads load, protects nothing
        if isinstance(error, RefusedError):
            return self._terms.pace.longest_wait(chance=chance)
        self._failures += 1
        return self._terms.pace.wait(self._failures - 1, chance=chance)


def _kind(error: Exception) -> str:
    match error:
        case BrokerError():
            return error.kind
        case WaldurError():
            return "registration_refused" if isinstance(error, RefusedError) else "waldur"
    return "mistake"
