"""The stage on which a rule is tried."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance.staging.disturbing import Disturbing
from waldur_site_agent_testkit.conformance.staging.looking import Looking, Seen
from waldur_site_agent_testkit.conformance.staging.orders import PASSES, Ordering
from waldur_site_agent_testkit.conformance.staging.scene import NEWCOMER, TEAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent_testkit.conformance.capabilities import Capability
    from waldur_site_agent_testkit.conformance.subject import Facet

__all__ = ["NEWCOMER", "PASSES", "TEAM", "Seen", "Stage"]


class Stage(Ordering, Looking, Disturbing):
    """A subject, a Mastermind with an offering, people, and all that a rule may do with them."""

    def declares(self, capability: Capability) -> bool:
        """Whether the plugin declares a capability."""
        return capability.is_declared(self.subject.backend())

    def has(self, facet: Facet) -> bool:
        """Whether the subject has something that is optional."""
        return self.subject.has(facet)

    @contextmanager
    def another(self) -> Iterator[Stage]:
        """A stage of its own, with a subject that nobody has used yet."""
        other = Stage(self._make_subject)
        try:
            yield other
        finally:
            other.close()
