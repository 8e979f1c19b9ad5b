"""What the room hands over: hints, and the way to say that they were looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from waldur_site_agent.events.keys import Hint


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message.

    ``ack`` is called once the work was done, from any thread, once or more often, and never
    raises. Is the connection gone by then, the broker delivers the message again: looking twice
    does no harm.
    """

    hints: tuple[Hint, ...]
    ack: Callable[[], None] = field(repr=False, compare=False)


Deliver: TypeAlias = Callable[[Delivery], None]
"""Takes a delivery over and returns at once: it is called by the thread that reads."""
