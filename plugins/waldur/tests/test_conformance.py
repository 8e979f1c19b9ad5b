"""The plugin holds the contract, with a target in the test's own process."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.conformance import Conformance, Subject
from waldur_site_agent_testkit.conformance.usernames import UsernameConformance, UsernameSubject
from waldur_site_agent_testkit.federation import SOURCE, federation
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status
from waldur_site_agent_waldur.backend import WaldurBackend
from waldur_site_agent_waldur.pushed import pushed_to
from waldur_site_agent_waldur.schemas import WaldurBackendSettingsSchema
from waldur_site_agent_waldur.username_backend import IdentityBridgeUsernameBackend

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.config.models import Offering
    from waldur_site_agent_testkit.conformance import Used

FACTOR = 5
COMPONENTS = {
    "node_hours": {
        "measured_unit": "h",
        "accounting_type": "limit",
        "label": "Node hours",
        "target_components": {"gpu_hours": {"factor": FACTOR}},
    }
}
AT_ONCE = RetryPolicy(attempts=1, first_wait=0, longest_wait=0, jitter=0)


class Target:
    """A Waldur that serves, its provider, and how it can be disturbed."""

    def __init__(self) -> None:
        self.stage = federation()
        self.b = self.stage.b
        self.world = self.b.world
        self.b.user.is_support = True
        self.used: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
        connection = ConnectionSettings(
            api_url="https://b.example.org/api/", token=self.b.token, retries=AT_ONCE
        )
        self.gateway = Waldur(Transport(connection, network=transport(self.world)))

    def backend(self) -> WaldurBackend:
        gateway = self.gateway

        class Backend(WaldurBackend):
            def gateway(self, address: object) -> Waldur:  # noqa: ARG002 - there is one target
                return gateway

        return Backend(self.settings(), {k: dict(v) for k, v in COMPONENTS.items()})

    def settings(self) -> dict[str, object]:
        return {
            "target_api_url": "https://b.example.org/api/",
            "target_api_token": self.b.token,
            "target_offering_uuid": str(self.b.offering.uuid),
            "target_customer_uuid": str(self.b.customer.uuid),
            "user_resolve_method": "user_field",
            "user_not_found_action": "fail",
        }

    def set_reachable(self, reachable: bool) -> None:
        self.world.faults.clear()
        if not reachable:
            self.world.faults.add(match="", action=DropConnection(before=True), times=None)

    def effects(self) -> list[str]:
        calls = list(self.world.calls)
        return [
            f"{c.method} {c.path}" for c in calls if c.method != "GET" and (c.status or 0) < 300
        ]

    def on_effect(self, tick: Callable[[], None]) -> None:
        self.world.on_call(lambda call, _phase: None if call.method == "GET" else tick())

    def know(self, username: str) -> None:
        if not any(user.username == username for user in self.world.state.users.values()):
            self.world.add_user(username)

    def refuse(self, username: str) -> None:
        self.know(username)
        for user in self.world.state.users.values():
            if user.username == username:
                user.is_active = False

    def refuse_creation(self) -> None:
        self.world.faults.add(match="POST marketplace-orders", action=Status(400), times=None)

    def use(self, used: Used) -> None:
        resource = next(
            one
            for one in self.world.state.resources.values()
            if str(one.uuid).replace("-", "") == used.backend_id.replace("-", "")
        )
        amount = FACTOR * Decimal(str(used.amounts["node_hours"]))
        month = (used.backend_id, used.year, used.month)
        for key in ((*month, None), (*month, used.username)):
            self.used[key] += amount
        at = datetime(used.year, used.month, 2, tzinfo=UTC)
        whole = self.world.use(resource, "gpu_hours", str(self.used[*month, None]), at)
        self.world.use_by_user(whole, used.username, str(self.used[*month, used.username]))

    def watch_people(self) -> list[str]:
        """What becomes of people from now on; a profile that is told again changes nothing."""
        effects: list[str] = []
        before = self._people()

        def note(call: object, phase: str) -> None:
            nonlocal before
            if phase == "after" and (now := self._people()) != before:
                before = now
                effects.append(call.path)

        self.world.on_call(note)
        return effects

    def _people(self) -> dict[str, tuple[object, ...]]:
        return {
            user.username: (tuple(user.active_isds), user.first_name, user.email, user.is_active)
            for user in self.world.state.users.values()
        }

    def names(self, offering: Offering) -> IdentityBridgeUsernameBackend:
        """Another process of the agent, which remembers nothing."""
        pushed_to.cache_clear()
        gateway = self.gateway

        class Names(IdentityBridgeUsernameBackend):
            def gateway(self, address: object) -> Waldur:  # noqa: ARG002 - there is one target
                return gateway

        return Names({**self.settings(), "identity_bridge_source": SOURCE}, offering)


class TestIdentityBridge(UsernameConformance):
    def subject(self) -> UsernameSubject:
        target = Target()
        effects = target.watch_people()
        return UsernameSubject(
            backend=target.names,
            names_users=False,
            set_reachable=target.set_reachable,
            effects=lambda: effects,
        )


class TestFederation(Conformance):
    def subject(self) -> Subject:
        target = Target()
        return Subject(
            backend=target.backend,
            set_reachable=target.set_reachable,
            effects=target.effects,
            on_effect=target.on_effect,
            know=target.know,
            refuse=target.refuse,
            refuse_creation=target.refuse_creation,
            use=target.use,
            settle=target.stage.carry_out_all,
            secrets=[target.b.token],
            settings_schema=WaldurBackendSettingsSchema,
            wrong_settings={"target_offering_uuid": "x", "mapped_usage": "median"},
        )
