"""From new settings to who works by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.runtime.changes import Change
    from waldur_site_agent.runtime.reloading import Reloading
    from waldur_site_agent.runtime.tasks import Assignment

W = TypeVar("W")


@dataclass(frozen=True, kw_only=True)
class Turn(Generic[W]):
    """Who ends and who begins.

    Attributes:
        ended: names of offerings whose work is to end.
        begun: the work that is to begin, in place of it or anew.
    """

    ended: Collection[str]
    begun: Sequence[W]

    def ends(self, offering: Offering) -> bool:
        """Whether the work on an offering is to end."""
        return offering.name in self.ended


@dataclass(frozen=True, kw_only=True)
class Renewal(Generic[W]):
    """Looks for new settings, and makes what works by them.

    Attributes:
        reloading: the watch over the settings.
        begin: makes the work on an offering.
        show: brings what is not work in line: the log, and what is sent of it.
    """

    reloading: Reloading
    begin: Callable[[Assignment, AgentConfiguration], W]
    show: Callable[[Change], None]

    def look(self) -> Turn[W] | None:
        """Take over new settings, if there are any that can be used; answers with what is to do."""
        change = self.reloading.look()
        if change is None:
            return None
        to = change.to
        begun = [
            self.begin(assignment, to.configuration)
            for name, assignment in to.assignments.items()
            if name in change.begun
        ]
        self.show(change)
        return Turn(ended=change.ended, begun=begun)

    @property
    def wait_seconds(self) -> float:
        """How soon it should be looked at again."""
        return self.reloading.wait_seconds
