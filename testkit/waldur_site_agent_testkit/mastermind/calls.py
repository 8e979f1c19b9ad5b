"""What was asked of the server, and what was wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from waldur_site_agent_testkit.mastermind.shapes import JSON


@dataclass(slots=True, kw_only=True)
class Call:
    """One request. `status` is set once it is answered; it stays `None` when no answer went out."""

    method: str
    path: str
    query: str
    body: JSON
    status: int | None = None
    delay: float = 0.0


Kind: TypeAlias = Literal["unknown key", "unknown filter", "unknown component", "unrouted path"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Something that a real server would swallow without a word, and that is wrong all the same."""

    method: str
    path: str
    kind: Kind
    name: str


Phase: TypeAlias = Literal["before", "after"]
Observer: TypeAlias = Callable[[Call, Phase], None]
