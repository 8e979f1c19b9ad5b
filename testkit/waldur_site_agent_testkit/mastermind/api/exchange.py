"""A request as it comes in, and an answer as it goes out: independent of any transport."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from waldur_site_agent_testkit.mastermind.faults import DropConnection, Hang


class ConnectionLostError(ConnectionError):
    """A fault broke the connection; the call may have had its effect."""


class NoAnswerError(TimeoutError):
    """A fault keeps the server silent."""


class Answer(NamedTuple):
    """Status, headers (names in lower case) and body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request. The path begins with `/api/`; the query is as in the URL, without the `?`."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return a header by its name in lower case, or nothing."""
        return next((v for k, v in self.headers.items() if k.lower() == name), "")

    @property
    def root(self) -> str:
        """Where the API is, as the client addressed it."""
        return f"http://{self.header('host') or 'mastermind.test'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An answer, and what happens to it on its way: a delay in seconds, or its loss."""

    answer: Answer | None
    delay: float = 0.0
    interruption: DropConnection | Hang | None = None

    def delivered(self) -> Answer:
        """Return the answer.

        Raises:
            ConnectionLostError: The connection was dropped instead.
            NoAnswerError: The server hangs instead.
        """
        if isinstance(self.interruption, Hang):
            raise NoAnswerError
        if self.answer is None or self.interruption is not None:
            raise ConnectionLostError
        return self.answer
