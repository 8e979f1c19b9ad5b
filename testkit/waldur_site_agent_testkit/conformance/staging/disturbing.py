"""Outages, and counting what is written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.staging.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROUTINE = "/refresh_last_sync/"
"""Waldur is told now and then that a resource was looked at, changed or not."""


class Disturbing(Scene):
    """What makes the agent's life hard, and what it must not do then."""

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Cut the system off for a while."""
        set_reachable = self.subject.set_reachable
        if set_reachable is None:
            raise LookupError("a rule with outages needs the facet set_reachable")
        set_reachable(False)
        try:
            yield
        finally:
            set_reachable(True)

    def effects(self) -> Sequence[object]:
        """What was written to the system so far."""
        return tuple(self.subject.effects()) if self.subject.effects else ()

    @contextmanager
    def writing_nothing(self, what: str) -> Iterator[None]:
        """Expect that nothing is written, neither to the system nor to Waldur."""
        before, calls = len(self.effects()), len(self.world.calls)
        yield
        expect.equal(list(self.effects()[before:]), [], f"{what} wrote to the system")
        told = [c.path for c in self.world.calls[calls:] if c.method != "GET"]
        expect.equal([path for path in told if ROUTINE not in path], [], f"{what} wrote to Waldur")
