"""The stage for username backends: a cluster in memory, where naming users is left to us."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.backends.subjects import memory_subject
from waldur_site_agent_testkit.conformance.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.waldur.models import OfferingUser
    from waldur_site_agent_testkit.conformance.subject import Facet, Subject
    from waldur_site_agent_testkit.conformance.usernames.subject import UsernameSubject


class NamingStage(Stage):
    """A stage whose subject names the users of an offering that is otherwise in memory."""

    username_policy = "service_provider"

    def __init__(self, make_subject: Callable[[], UsernameSubject]) -> None:
        """Set everything up; nobody has a name yet."""
        self.naming = make_subject()
        super().__init__(self._cluster)

    def _cluster(self) -> Subject:
        """A cluster in memory, with what the username backend's own system can do."""
        naming = self.naming
        return replace(
            memory_subject(MemoryBackend),
            know=naming.know,
            set_reachable=naming.set_reachable,
            effects=naming.effects,
        )

    def has(self, facet: Facet) -> bool:
        """Whether the username backend's subject has something that is optional."""
        return bool(getattr(self.naming, facet.value, None))

    def usernames(self, offering: Offering) -> AbstractUsernameManagementBackend:
        """Make the backend that is tested."""
        return self.naming.backend(offering)

    def close(self) -> None:
        """Let go of both systems."""
        super().close()
        if self.naming.close:
            self.naming.close()

    @contextmanager
    def process(self) -> Iterator[AbstractUsernameManagementBackend]:
        """The backend in a process of its own."""
        with self.agent().site() as site:
            yield site.username_backend

    def open_accounts(self) -> None:
        """Have the team's accounts opened in Waldur; the agent has not looked at them yet."""
        self.world.add_resource(self.project, self.offering, "Old", backend_id="hpc_old")

    def accounts(self) -> list[OfferingUser]:
        """The offering's users as plugins get them, in the order of their identities."""
        with self.agent().site() as site:
            users = list(site.reads.offering_users)
        return sorted(users, key=lambda user: user.user_username)
