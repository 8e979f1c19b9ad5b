"""The world: everything that Mastermind knows, and the verbs with which a test changes it."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from waldur_site_agent_testkit.mastermind import ordering
from waldur_site_agent_testkit.mastermind.api.exchange import Answer, Exchange, Incoming
from waldur_site_agent_testkit.mastermind.calls import Call, Observer, Violation
from waldur_site_agent_testkit.mastermind.door import Door
from waldur_site_agent_testkit.mastermind.faults import Faults
from waldur_site_agent_testkit.mastermind.state import AgentServiceState
from waldur_site_agent_testkit.mastermind.verbs.accounts import AccountVerbs
from waldur_site_agent_testkit.mastermind.verbs.base import locked
from waldur_site_agent_testkit.mastermind.verbs.events import EventVerbs
from waldur_site_agent_testkit.mastermind.verbs.identities import IdentityVerbs
from waldur_site_agent_testkit.mastermind.verbs.offerings import OfferingVerbs
from waldur_site_agent_testkit.mastermind.verbs.orders import OrderVerbs
from waldur_site_agent_testkit.mastermind.verbs.people import PeopleVerbs
from waldur_site_agent_testkit.mastermind.verbs.projects import ProjectVerbs
from waldur_site_agent_testkit.mastermind.verbs.resources import ResourceVerbs
from waldur_site_agent_testkit.mastermind.verbs.usages import UsageVerbs

IDLE_AFTER = timedelta(minutes=10)
"""A service of which no processor ran for so long is idle."""


class World(
    PeopleVerbs,
    IdentityVerbs,
    ProjectVerbs,
    OfferingVerbs,
    OrderVerbs,
    ResourceVerbs,
    AccountVerbs,
    UsageVerbs,
    EventVerbs,
):
    """A Mastermind without a network; thread-safe.

    Args:
        seed: Determines all uuids.
        lacks: Names of endpoints or endpoint groups that an older server does not have, such as
            `check_unique_backend_id` or `site-agent-identities`.
        refuses: Names of those that answer every user with 403, such as `project_permissions`.
        version: What `GET /api/version/` answers.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        lacks: Collection[str] = (),
        refuses: Collection[str] = (),
        version: str = "8.1.2",
    ) -> None:
        """Begin with an empty Mastermind."""
        super().__init__(seed=seed)
        self.faults = Faults()
        self._door = Door(
            store=self._store,
            faults=self.faults,
            lock=self.lock,
            lacks=lacks,
            refuses=refuses,
            version=version,
        )

    @property
    def calls(self) -> list[Call]:
        """Every request so far, in order."""
        return self._door.calls

    @property
    def violations(self) -> list[Violation]:
        """What was sent and does not belong there; `Violation.kind` lists the kinds."""
        return self._door.violations

    def on_call(self, observer: Observer) -> None:
        """Have `observer(call, phase)` told of every call, before and after its effect.

        What the observer raises reaches the caller of the direct door, and so stands for a crash at
        that point. Over HTTP an `Exception` becomes a 500.
        """
        self._door.observers.append(observer)

    def handle(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Answer a request as the server does, in the caller's thread and without a socket.

        Raises:
            ConnectionLostError: A fault dropped the connection.
            NoAnswerError: A fault made the server hang.
        """
        return self.exchange(
            Incoming(method=method, path=path, query=query, headers=headers or {}, body=body)
        ).delivered()

    def exchange(self, incoming: Incoming) -> Exchange:
        """Answer a request for a transport, and tell which fault its delivery meets."""
        return self._door.exchange(incoming)

    @locked
    def beat(self) -> None:
        """Do the periodic work: begin orders whose start date came, mark agent services idle."""
        ordering.start_due(self._store)
        for service in self.state.services.values():
            runs = [processor.last_run for processor in service.processors]
            if max(runs, default=service.modified) + IDLE_AFTER < self.clock.now():
                service.state = AgentServiceState.IDLE
