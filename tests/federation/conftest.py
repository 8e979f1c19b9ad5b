"""Two Masterminds, and the agent between them, killed at will."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import structlog

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.config.models import Offering
from waldur_site_agent.membership.statuses import StatusReports
from waldur_site_agent.membership.sync_pass import MembershipPass
from waldur_site_agent.orders.late_members import completed_since
from waldur_site_agent.orders.order_pass import list_orders, process_orders
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.usage.usage_pass import UsagePass, months_of_pass
from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.plugin_client import PluginClient
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.federation import SOURCE, Federation, federation
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.state import Role
from waldur_site_agent_waldur.backend import WaldurBackend
from waldur_site_agent_waldur.username_backend import IdentityBridgeUsernameBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
    from waldur_site_agent.membership.report import SyncReport
    from waldur_site_agent.orders.order_pass import PassReport
    from waldur_site_agent.usage.report import UsageReport
    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Order, Project, Resource, User
    from waldur_site_agent_testkit.mastermind.world import World

COMPONENTS = {
    "node_hours": {
        "measured_unit": "h",
        "accounting_type": "limit",
        "label": "Node hours",
        "target_components": {"gpu_hours": {"factor": 5}, "storage_gb_hours": {"factor": 10}},
    }
}
AT_ONCE = RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0)
PASSES_TO_CALM = 4


class Killed(BaseException):
    """The process is gone. Nothing in the agent may catch this."""


@dataclass
class Stage:
    """A, whose offering the agent serves, and B, where it orders."""

    federation: Federation
    settings: dict[str, object] = field(default_factory=dict)
    offering_settings: dict[str, object] = field(default_factory=dict)
    components: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: COMPONENTS)
    bridges_profiles: bool = False
    effects_to_live: int | None = None
    _statuses: StatusReports = field(default_factory=StatusReports)
    _late: frozenset[UUID] | None = None
    _gateways: dict[str, Waldur] = field(default_factory=dict, repr=False)

    # The worlds

    @property
    def a(self) -> World:
        return self.federation.a.world

    @property
    def b(self) -> World:
        return self.federation.b.world

    def order(
        self, name: str = "Simulations", *, project: Project | None = None, **kw: object
    ) -> Order:
        kw.setdefault("limits", {"node_hours": 100})
        return self.a.order_create(
            project or self.federation.project, self.federation.a.offering, name, **kw
        )

    def target_of(self, resource: Resource) -> Resource:
        """B's resource that stands for one of A."""
        return next(
            one
            for one in self.b.state.resources.values()
            if str(one.uuid).replace("-", "") == resource.backend_id.replace("-", "")
        )

    def resource(self, name: str = "Simulations", **kw: object) -> Resource:
        """One that was ordered and is there on both sides."""
        order = self.order(name, **kw)
        self.settle()
        assert order.state == "done", order.error_message
        return order.resource

    def person(self, cuid: str, *, on_b: bool = True, role: Role = Role.PROJECT_MEMBER) -> User:
        """Somebody on the project's team in A; with an account on B, or without."""
        user = self.a.add_user(cuid, email=f"{cuid.split('@', maxsplit=1)[0]}@example.org")
        self.a.grant(user, self.federation.project, role)
        if on_b:
            self.b.add_user(cuid, email=user.email)
        return user

    def roles_on_b(self, resource: Resource) -> dict[str, set[str]]:
        """By CUID, who has which roles in the project of B's resource."""
        found: dict[str, set[str]] = {}
        for grant in self.b.state.grants_in[self.target_of(resource).project.uuid]:
            found.setdefault(grant.user.username, set()).add(str(grant.role))
        return found

    # The agent

    def kill_after(self, effects: int | None) -> None:
        """Kill the process at its n-th chance: before or after a write to either side."""
        self.effects_to_live = effects

    def on_call(self, call: Call, _phase: str) -> None:
        if self.effects_to_live is None or call.method == "GET":
            return
        self.effects_to_live -= 1
        if self.effects_to_live < 0:
            self.effects_to_live = None
            raise Killed

    def gateway(self, side: str) -> Waldur:
        if side not in self._gateways:
            world = self.a if side == "a" else self.b
            self._gateways[side] = Waldur(
                Transport(self.connection(side), network=transport(world))
            )
        return self._gateways[side]

    def connection(self, side: str) -> ConnectionSettings:
        token = (self.federation.a if side == "a" else self.federation.b).token
        return ConnectionSettings(
            api_url=f"https://{side}.example.org/api/", token=token, retries=AT_ONCE
        )

    def backend_settings(self) -> dict[str, object]:
        b = self.federation.b
        return {
            "target_api_url": "https://b.example.org/api/",
            "target_api_token": b.token,
            "target_offering_uuid": str(b.offering.uuid),
            "target_customer_uuid": str(b.customer.uuid),
            "identity_bridge_source": SOURCE,
            **self.settings,
        }

    def backend(self) -> WaldurBackend:
        stage = self

        class Backend(WaldurBackend):
            def gateway(self, address: object) -> Waldur:  # noqa: ARG002 - there is one B
                return stage.gateway("b")

        return Backend(self.backend_settings(), {k: dict(v) for k, v in self.components.items()})

    def usernames(self) -> AbstractUsernameManagementBackend:
        if not self.bridges_profiles:
            return UnknownUsernameManagementBackend()
        stage = self

        class Usernames(IdentityBridgeUsernameBackend):
            def gateway(self, address: object) -> Waldur:  # noqa: ARG002 - there is one B
                return stage.gateway("b")

        return Usernames(self.backend_settings(), self._offering())

    def _offering(self) -> Offering:
        return Offering(
            name="federated",
            waldur_api_url="https://a.example.org/api/",
            waldur_api_token=self.federation.a.token,
            waldur_offering_uuid=str(self.federation.a.offering.uuid),
            backend_type="waldur",
            **self.offering_settings,
        )

    @contextmanager
    def site(self) -> Iterator[Site]:
        waldur = self.gateway("a")
        backend = self.backend()
        backend.begin_pass()
        try:
            yield Site(
                offering=self._offering(),
                waldur=waldur,
                client=PluginClient(self.connection("a"), waldur),
                backend=backend,
                username_backend=self.usernames(),
                reads=PassReads(waldur, str(self.federation.a.offering.uuid)),
                expose_error_details=True,
            )
        finally:
            backend.end_pass()

    def orders(self) -> PassReport:
        """A pass over the orders, of a process that goes on living unless it is killed."""
        try:
            return self._orders()
        except Killed:
            self._late = None
            raise

    def _orders(self) -> PassReport:
        waldur, uuid = self.gateway("a"), str(self.federation.a.offering.uuid)
        orders = list_orders(waldur, uuid)
        if self._late is None:
            since = datetime.now(UTC) - timedelta(days=1)
            self._late = frozenset(completed_since(waldur, uuid, since))
        with self.site() as site:
            report = process_orders(
                site, orders, late=self._late, check_stop=lambda: None, beat=lambda: None
            )
        self._late = report.late
        return report

    def members(self, *, only: Sequence[str] = (), force: bool = False) -> SyncReport:
        """A pass over the members and all else that is looked after."""
        with self.site() as site:
            return MembershipPass(
                site,
                only=only,
                force=force,
                statuses=self._statuses,
                check_stop=lambda: None,
                beat=lambda: None,
            ).run()

    def members_or_none(self) -> SyncReport | None:
        """The same; None when the pass could not be made."""
        try:
            return self.members()
        except BackendUnavailableError:
            return None

    def report(self) -> UsageReport:
        """A pass over the usage of this month."""
        with self.site() as site:
            return UsagePass(
                site,
                months=months_of_pass("UTC", 1, now=self.b.clock.now()),
                check_stop=lambda: None,
                beat=lambda: None,
            ).run()

    def settle(self) -> None:
        """Let the agent and B's provider work until nothing moves any more."""
        for _ in range(PASSES_TO_CALM):
            self.orders()
            self.federation.carry_out_all()

    def calls_to_b(self, act: Callable[[], object]) -> list[Call]:
        """What is asked of B meanwhile."""
        before = len(self.b.calls)
        act()
        return list(self.b.calls)[before:]


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    wrapper = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=wrapper)
    yield
    structlog.reset_defaults()


def make_stage(*, settings: Mapping[str, object] | None = None, **kw: object) -> Stage:
    offering_settings = kw.pop("offering_settings", {})
    components = kw.pop("components", COMPONENTS)
    stage = Stage(
        federation=federation(**kw),
        settings=dict(settings or {}),
        offering_settings=dict(offering_settings),
        components=components,
    )
    stage.a.on_call(stage.on_call)
    stage.b.on_call(stage.on_call)
    return stage


@pytest.fixture
def make() -> Callable[..., Stage]:
    return make_stage


@pytest.fixture
def stage() -> Stage:
    return make_stage()


@pytest.fixture
def killed() -> type[Killed]:
    return Killed


@pytest.fixture
def calm_errors() -> tuple[type[Exception], ...]:
    """What a pass may raise that could not begin."""
    return (WaldurError,)
