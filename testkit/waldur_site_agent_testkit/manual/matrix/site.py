"""A Waldur, an offering and processes of the agent, whose plugins' hooks are taken down."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from waldur_site_agent.config.models import AgentConfiguration, Offering
from waldur_site_agent.plugins.groups import Role, setting_of
from waldur_site_agent.plugins.loading import load_backend
from waldur_site_agent.runtime.connections import Connections
from waldur_site_agent.runtime.setting_up import Premises, set_up
from waldur_site_agent.runtime.stop import Stop
from waldur_site_agent.runtime.tasks import Assignment, Task
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.backends.system import SYSTEMS, MemorySystem
from waldur_site_agent_testkit.manual.matrix.post import Ear, Post
from waldur_site_agent_testkit.manual.matrix.recording import RECORDINGS, Recording
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.state import Role as InWaldur
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.runtime.listening import Ears
    from waldur_site_agent.runtime.running_offering import RunningOffering
    from waldur_site_agent_testkit.mastermind.shapes import JSON
    from waldur_site_agent_testkit.mastermind.state import Order, Resource, User

API_URL = "https://waldur.example.org/api/"
AT_ONCE = RetryPolicy(attempts=1, first_wait=0, longest_wait=0, jitter=0)
NUMBERS = itertools.count()
LIMITS = {"cpu": 10.0}
OPTIONS: Mapping[str, JSON] = {
    "service_provider_can_create_offering_user": True,
    "username_generation_policy": "service_provider",
    "enable_membership_sync_status": True,
}
EACH_HOUR = 3600.0
PREFIXES = {"allocation_prefix": "hpc_", "project_prefix": "p_"}
CPU = {"measured_unit": "h", "accounting_type": "limit", "label": "CPU", "unit_factor": 60}


class RecordedSite:
    """One offering with a project, whose team are Ada and Barbara; Cleo is on no team."""

    def __init__(
        self,
        plugin: str = "everything",
        settings: Mapping[str, object] | None = None,
        backend_settings: Mapping[str, object] | None = None,
    ) -> None:
        """Set everything up; nothing is ordered.

        Args:
            plugin: which of the recorded ones is at work.
            settings: of the offering, beside those of every situation.
            backend_settings: likewise.
        """
        self.world, self.post, self._plugin = World(), Post(), plugin
        self._settings, self._backend_settings = settings or {}, backend_settings or {}
        self._name = f"recorded-{next(NUMBERS)}"
        self.system = SYSTEMS[self._name] = MemorySystem()
        self.recording = RECORDINGS[self._name] = Recording()
        provider = self.world.add_customer("Provider")
        self.project = self.world.add_project(provider, "Climate", slug="climate")
        self.offering = self.world.add_offering(
            provider, "Cluster", components=["cpu"], plugin_options=OPTIONS
        )
        agent = self.world.add_user("agent")
        self.world.grant(agent, provider, InWaldur.CUSTOMER_OWNER)
        self._token = agent.token
        self.world.publish_through(self.post)
        self.ada, self.barbara = self.join("ada"), self.join("barbara")
        self.cleo = self.world.add_user("cleo")

    def close(self) -> None:
        """Let go of what has a name."""
        del SYSTEMS[self._name], RECORDINGS[self._name]

    # People and orders

    def join(self, name: str) -> User:
        """Somebody new on the team."""
        user = self.world.add_user(name)
        self.world.grant(user, self.project)
        return user

    def order(self) -> Order:
        """An order that nobody has worked on yet."""
        return self.world.order_create(self.project, self.offering, "Ice", limits=LIMITS)

    def resource(self) -> Resource:
        """A resource that is there, with its team on it."""
        resource = self.order().resource
        self.work(Role.ORDER_PROCESSING)
        self.work(Role.MEMBERSHIP_SYNC)
        self.recording.take()
        return resource

    # The agent

    def work(self, role: Role) -> None:
        """A process that looks at everything once, as by polling."""
        self._process(role, by_events=False).once()

    def listening(self) -> RunningOffering:
        """A process that was started, has looked at everything, and now waits for messages."""
        process = self._process(Role.ORDER_PROCESSING, Role.MEMBERSHIP_SYNC, by_events=True)
        process.once()
        self._ear.start()
        self.post.waiting.clear()
        self.recording.take()
        return process

    def hear(self, process: RunningOffering) -> None:
        """Hand messages over, until all that they ask for is done."""
        while self.post.waiting:
            self._ear.hand_over()
            process.work_off()

    def _process(self, *roles: Role, by_events: bool) -> RunningOffering:
        offering = self._configured(by_events=by_events)
        tasks = tuple(
            Task(role=role, by_events=by_events, seconds=EACH_HOUR, waiting_seconds=EACH_HOUR)
            for role in roles
        )
        plugins = {role: load_backend(getattr(offering, setting_of(role))) for role in roles}
        assignment = Assignment(offering=offering, tasks=tasks, plugins=plugins)
        return set_up(assignment, self._premises(offering))

    def _premises(self, offering: Offering) -> Premises:
        return Premises(
            configuration=AgentConfiguration.model_validate({"offerings": [offering]}),
            mode="event_process",
            version="2.0.0",
            stop=Stop(),
            connections=Connections(lambda _settings: self._waldur()),
            listen=self._listen,
            clock=lambda: 0.0,
        )

    def _listen(self, ears: Ears) -> Ear:
        self._ear = Ear(self.post, ears)
        return self._ear

    def _waldur(self) -> Waldur:
        settings = ConnectionSettings(
            api_url=API_URL, token=self._token, retries=AT_ONCE, verify_ssl=False
        )
        return Waldur(Transport(settings, network=transport(self.world)))

    def _configured(self, *, by_events: bool) -> Offering:
        return Offering.model_validate(
            {
                "name": "cluster",
                "waldur_api_url": API_URL,
                "waldur_api_token": self._token,
                "waldur_offering_uuid": self.offering.uuid,
                "backend_type": "memory",
                "stomp_enabled": by_events,
                "order_processing_backend": self._plugin,
                "membership_sync_backend": self._plugin,
                "reporting_backend": self._plugin,
                "username_management_backend": "names",
                "username_reconciliation_enabled": True,
                "resource_import_enabled": True,
                "backend_settings": {
                    "system": self._name,
                    **PREFIXES,
                    **self._backend_settings,
                },
                "backend_components": {"cpu": CPU},
                "removal_limits": {"resource_share": 1, "offering_share": 1},
                **self._settings,
            }
        )
