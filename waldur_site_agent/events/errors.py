"""How the broker can fail us. Every text is for an administrator and holds no secret."""

from __future__ import annotations


class BrokerError(Exception):
    """There is no connection that messages come by; ``kind`` is a short name for logs."""

    kind = "failed"


class UnreachableError(BrokerError):
    """Nobody answers there, or not as a broker does."""

    kind = "no_connection"


class LoginRefusedError(BrokerError):
    """The broker answers, and does not let us in."""

    kind = "login_refused"


class QueueMissingError(BrokerError):
    """The queue is not there, or no longer."""

    kind = "queue_missing"


class LostError(BrokerError):
    """There was a connection, and it is gone."""

    kind = "no_connection"


class EndedError(LostError):
    """The broker ended the connection in order, with or without telling why.

    RabbitMQ's WebSocket often closes before its last frame, an ERROR or a RECEIPT, is out: what
    we had said last tells what it means.
    """


class ClosedError(BrokerError):
    """The connection ended because we said so, and the broker knows."""

    kind = "closed"
