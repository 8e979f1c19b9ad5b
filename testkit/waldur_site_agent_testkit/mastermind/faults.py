"""Failures on request: which calls fail, how often, and how."""

import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Status:
    """Answers with an error status; 429 and 503 may carry `Retry-After` in seconds.

    With `before=False` the call has its effect first, and the answer lies about it.
    """

    code: int
    retry_after: int | None = None
    before: bool = True


@dataclass(frozen=True, slots=True)
class Latency:
    """Answers correctly, but `seconds` later; the direct door only records the delay."""

    seconds: float


@dataclass(frozen=True, slots=True)
class BrokenJson:
    """The call has its effect, and the body of its answer is cut in the middle."""


@dataclass(frozen=True, slots=True)
class TruncatedPage:
    """A listing loses the last `rows` of this page, while its headers still count them."""

    rows: int = 1


@dataclass(frozen=True, slots=True)
class MissingPage:
    """A listing answers that this page does not exist (404 `Invalid page.`)."""


@dataclass(frozen=True, slots=True)
class DropConnection:
    """The connection breaks without an answer.

    With `before=True` nothing happened at the server. With `before=False` the call took effect and
    only its answer is lost.
    """

    before: bool = True


@dataclass(frozen=True, slots=True)
class Hang:
    """The server accepts the call and never answers.

    The connection closes once `until` is set, after `seconds`, or when the server stops. The direct
    door does not wait: its client sees a read time-out at once. `before` as in `DropConnection`.
    """

    seconds: float = 30.0
    until: threading.Event | None = None
    before: bool = True


Action: TypeAlias = (
    Status | Latency | BrokenJson | TruncatedPage | MissingPage | DropConnection | Hang
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One failure that was asked for, with what became of it."""

    match: str
    action: Action
    times: int | None = None
    after: int = 0
    every: int = 1
    seen: int = 0
    fired: int = 0
    cancelled: bool = False

    def cancel(self) -> None:
        """Let the matching calls succeed from now on."""
        self.cancelled = True

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a call is meant: `POST set_state_done`, `GET /api/version/`, `team`.

        A pattern that begins with a slash is held against the whole path, any other against a part
        of it; both may have shell wildcards. Without a method every method is meant.
        """
        first, _, rest = self.match.partition(" ")
        pattern = rest or first
        if rest and first != method:
            return False
        return fnmatchcase(path, pattern if pattern.startswith("/") else f"*{pattern}*")

    def strikes(self, method: str, path: str) -> bool:
        """Count a call, and tell whether this one fails."""
        if self.cancelled or not self.matches(method, path):
            return False
        self.seen += 1
        if not self._is_due or (self.times is not None and self.fired >= self.times):
            return False
        self.fired += 1
        return True

    @property
    def _is_due(self) -> bool:
        """Whether it is this call's turn: one in every so many, after those that succeed."""
        return self.seen > self.after and (self.seen - self.after - 1) % self.every == 0


@dataclass(slots=True)
class Faults:
    """The failures that a world has been asked for."""

    asked: list[Fault] = field(default_factory=list)

    def add(
        self,
        *,
        match: str,
        action: Action,
        times: int | None = 1,
        after: int = 0,
        every: int = 1,
    ) -> Fault:
        """Ask for a failure.

        Args:
            match: Method and path pattern, as `Fault.matches` reads them.
            action: What happens to a matching call.
            times: How many matching calls fail; `None` for all of them, until `cancel`.
            after: How many matching calls succeed before the first fails.
            every: Of the matching calls from then on, only each so-many-th fails.
        """
        fault = Fault(match=match, action=action, times=times, after=after, every=every)
        self.asked.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything succeed from now on."""
        self.asked.clear()

    def striking(self, method: str, path: str) -> list[Action]:
        """Count a call, and return what is to happen to it."""
        return [fault.action for fault in self.asked if fault.strikes(method, path)]
