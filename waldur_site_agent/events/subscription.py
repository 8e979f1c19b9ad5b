"""What a registration gives: where messages wait, and who may fetch them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """One queue and the identity that may read it.

    Attributes:
        vhost: the broker's own division; Waldur makes one for the owner of the token.
        username: who we are at the broker.
        passcode: the token of REST.
        queue: the queue's name.
        object_type: what all its messages are about; blank where they say it themselves.
    """

    vhost: str
    username: str
    passcode: str = field(repr=False)
    queue: str
    object_type: str = ""
