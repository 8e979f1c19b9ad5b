"""Which handler answers which path."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeAlias

from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request

Handler: TypeAlias = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path below `/api/`, with parameters in braces."""

    method: str
    path: str
    handler: Handler
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Compile the path."""
        text = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", f"/api/{self.path}")
        object.__setattr__(self, "pattern", re.compile(text))

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters when a path is this route's, or nothing."""
        found = self.pattern.fullmatch(path)
        return None if found is None else found.groupdict()

    @property
    def names(self) -> set[str]:
        """The names by which `lacks` may mean this route: its segments, with and without prefix."""
        segments = {part for part in self.path.split("/") if part and not part.startswith("{")}
        return segments | {part.removeprefix("marketplace-") for part in segments}


def without(routes: Collection[Route], lacks: Collection[str]) -> list[Route]:
    """Return the routes of a server that lacks some; raises as `called`."""
    lacking = called(routes, lacks)
    return [route for route in routes if route not in lacking]


def called(routes: Collection[Route], names: Collection[str]) -> list[Route]:
    """Return the routes that are meant by some names.

    Raises:
        ValueError: A name is no route's.
    """
    known = {name for route in routes for name in route.names}
    unknown = sorted(set(names) - known)
    if unknown:
        raise ValueError(f"No endpoint is called {', '.join(unknown)}; known: {sorted(known)}.")
    return [route for route in routes if route.names & set(names)]
