"""Where one offering's looks are taken: its Waldur, its backends, and what is known of it.

Used by one thread. A backend is built anew for each look, as for a pass; what Waldur says of the
offering is kept for some minutes, so that a look asks for little but what it is about.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waldur_site_agent.membership.statuses import StatusReports
from waldur_site_agent.sites.opening import open_site
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.waldur.call import hex_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.groups import Role
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.connection import ConnectionSettings
    from waldur_site_agent.waldur.gateway import Waldur

KEPT_SECONDS = 300.0
"""How old what is kept may grow."""


class Desk:
    """One offering, and what its looks share.

    Attributes:
        offering: as configured.
        configuration: of the agent.
        waldur: its Waldur.
        roles: what a backend is used for here.
        statuses: what was reported of members before.
        waiting_seconds: how soon to look again at an order that waits for a decision.
        is_seasoned: an earlier look at all orders has found who may have been forgotten.
    """

    def __init__(
        self,
        offering: Offering,
        configuration: AgentConfiguration,
        *,
        waldur: Waldur,
        connection: ConnectionSettings,
        roles: Collection[Role],
        waiting_seconds: float,
        check_stop: Callable[[], None],
        beat: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask nothing yet.

        Args:
            offering: as configured.
            configuration: of the agent.
            waldur: the offering's.
            connection: how it is reached.
            roles: what a backend is used for here.
            waiting_seconds: how soon to look again at what waits for a decision.
            check_stop: raises StoppedError when the process should end.
            beat: called when the work gets on.
            clock: seconds that never go back.
        """
        self.offering = offering
        self.configuration = configuration
        self.waldur = waldur
        self.roles = frozenset(roles)
        self.statuses = StatusReports()
        self.waiting_seconds = waiting_seconds
        self.is_seasoned = False
        self.check_stop = check_stop
        self.beat = beat
        self._connection = connection
        self._clock = clock
        self._reads = self._nothing_known()
        self._since = clock()

    @property
    def uuid(self) -> str:
        """The offering's UUID, 32 hexadecimal digits."""
        return hex_of(self.offering.waldur_offering_uuid)

    @contextmanager
    def site(self, role: Role, *, keep: Collection[str]) -> Iterator[Site]:
        """The offering at work; the backend is told where a look begins and ends.

        Args:
            role: what the backend is used for.
            keep: which of ``sites.reads``' names may be some minutes old.

        Raises:
            PluginError: a plugin refuses its settings.
            WaldurError: Waldur did not tell about the offering.
        """
        self._reads = self._next_reads(keep)
        site = open_site(
            self.offering,
            self.configuration,
            role=role,
            waldur=self.waldur,
            connection=self._connection,
            reads=self._reads,
        )
        site.backend.begin_pass()
        try:
            yield site
        finally:
            site.backend.end_pass()

    def forget(self) -> None:
        """Let go of what is known: a hundred thousand users take their room."""
        self._reads = self._nothing_known()

    def _next_reads(self, keep: Collection[str]) -> PassReads:
        if self._clock() - self._since >= KEPT_SECONDS or not keep:
            self._since = self._clock()
            return self._nothing_known()
        return self._reads.successor(keep=keep)

    def _nothing_known(self) -> PassReads:
        return PassReads(self.waldur, self.offering.waldur_offering_uuid, by_person=True)
