"""One connection: logged in, subscribed, and told what was done."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.events.channel import FOREVER, Channel, agreed
from waldur_site_agent.events.errors import (
    BrokerError,
    ClosedError,
    EndedError,
    LoginRefusedError,
    LostError,
    QueueMissingError,
    UnreachableError,
)
from waldur_site_agent.events.frames import Frame, FrameError

if TYPE_CHECKING:
    from waldur_site_agent.events.subscription import Subscription

ANSWER_SECONDS = 10.0
GOODBYE = "goodbye"
WELCOME = "subscribed"
GONE = ("not_found", "not found", "server cancelled subscription")
"""How RabbitMQ says that a queue is not there, or was deleted."""
LONGEST_WORDS = 200


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How a session is to be.

    ``heart_beat`` is in seconds. ``prefetch`` bounds how many messages are out at once: those not
    acknowledged yet.
    """

    heart_beat: float = 10.0
    prefetch: int = 100


@dataclass(frozen=True, slots=True)
class Message:
    """A message; it stays in the queue until it is acknowledged."""

    body: bytes = field(repr=False)
    ack_id: str
    redelivered: bool = False


class Session:
    """A channel that messages of one queue come by.

    ``receive`` belongs to one thread; the rest may be called by any.
    """

    def __init__(self, channel: Channel) -> None:
        """Speak over a channel; ``begin`` comes first."""
        self._channel = channel
        self._saying = threading.Lock()
        self._early: deque[Message] = deque()
        self._ending = False

    @property
    def last_received(self) -> float:
        """When the broker last sent anything, heart-beats included."""
        return self._channel.last_received

    def begin(self, subscription: Subscription, wishes: Wishes) -> None:
        """Log in and subscribe.

        Raises:
            LoginRefusedError: the broker does not let us in.
            QueueMissingError: there is no such queue.
            LostError: the connection broke.
            UnreachableError: whoever is there is no STOMP broker.
        """
        self._log_in(subscription, heart_beat=wishes.heart_beat)
        self._subscribe(subscription, prefetch=wishes.prefetch)

    def receive(self) -> Message:
        """Wait for the next message, for ever if need be.

        Raises:
            ClosedError: the broker has taken note of our goodbye.
            QueueMissingError: the queue was deleted.
            LostError: the connection broke.
        """
        if self._early:
            return self._early.popleft()
        try:
            while not _is_receipt(frame := self._next(), GOODBYE):
                if frame.command == "MESSAGE":
                    return _message(frame)
        except EndedError:
            if not self._ending:
                raise
        raise ClosedError("closed")

    def acknowledge(self, message: Message) -> None:
        """Take a message off the queue. Never raises: without a connection it comes again."""
        with self._saying, suppress(LostError):
            if not self._ending:
                self._channel.send(Frame("ACK", {"id": message.ack_id}))

    def say_goodbye(self) -> None:
        """Begin to end, after all that was acknowledged; ``receive`` then tells the end."""
        with self._saying, suppress(LostError):
            if not self._ending:
                self._ending = True
                self._channel.send(Frame("DISCONNECT", {"receipt": GOODBYE}))

    def close(self) -> None:
        """End the connection in order; its messages that are not acknowledged go to the next."""
        self._ending = True
        self._channel.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._ending = True
        self._channel.abort()

    def _log_in(self, subscription: Subscription, *, heart_beat: float) -> None:
        milliseconds = round(heart_beat * 1000)
        headers = {
            "accept-version": "1.2",
            "host": subscription.vhost,
            "login": subscription.username,
            "passcode": subscription.passcode,
            "heart-beat": f"{milliseconds},{milliseconds}",
        }
        answer = self._answer_to(Frame("CONNECT", headers))
        if answer.command == "ERROR":
            raise LoginRefusedError(_words(answer))
        if answer.command != "CONNECTED":
            raise UnreachableError("whoever answers is no STOMP broker")
        self._channel.beat(agreed(ours=heart_beat, theirs=answer.header("heart-beat")))

    def _answer_to(self, login: Frame) -> Frame:
        try:
            self._channel.send(login)
            return self._channel.receive(within=ANSWER_SECONDS)
        except FrameError:
            raise LoginRefusedError("the token has characters that cannot be sent") from None
        except EndedError as error:
            raise LoginRefusedError(str(error)) from None

    def _subscribe(self, subscription: Subscription, *, prefetch: int) -> None:
        """Subscribe, and wait until it is so.

        The destination is ``/amq/queue/``, the queue as it is: ``/queue/`` would declare it again
        with other arguments, which RabbitMQ refuses.
        """
        headers = {
            "id": subscription.queue,
            "destination": f"/amq/queue/{subscription.queue}",
            "ack": "client-individual",
            "prefetch-count": str(prefetch),
            "receipt": WELCOME,
        }
        self._channel.send(Frame("SUBSCRIBE", headers))
        try:
            self._await_welcome()
        except EndedError:
            raise QueueMissingError("the broker ends the connection; is the queue gone?") from None

    def _await_welcome(self) -> None:
        """Wait for the receipt of our subscription; messages may overtake it."""
        while not _is_receipt(frame := self._next(within=ANSWER_SECONDS), WELCOME):
            if frame.command == "MESSAGE":
                self._early.append(_message(frame))

    def _next(self, *, within: float = FOREVER) -> Frame:
        """Wait for a frame that is no complaint."""
        frame = self._channel.receive(within=within)
        if frame.command == "ERROR":
            raise _failure(frame)
        return frame


def _is_receipt(frame: Frame, name: str) -> bool:
    return frame.command == "RECEIPT" and frame.header("receipt-id") == name


def _message(frame: Frame) -> Message:
    return Message(
        body=frame.body,
        ack_id=frame.header("ack"),
        redelivered=frame.header("redelivered") == "true",
    )


def _failure(frame: Frame) -> BrokerError:
    words = _words(frame)
    gone = any(sign in words.lower() for sign in GONE)
    return QueueMissingError(words) if gone else LostError(words)


def _words(frame: Frame) -> str:
    """What the broker says is wrong, in bounded length."""
    body = frame.body.decode(errors="replace")
    words = " ".join(f"{frame.header('message')}: {body}".split()).strip(": ")
    return words[:LONGEST_WORDS] or "the broker does not say why"
