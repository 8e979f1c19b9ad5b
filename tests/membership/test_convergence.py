"""Whatever happens to a team, and to the agent, it converges to exactly who belongs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.mastermind.faults import (
    BrokenJson,
    DropConnection,
    MissingPage,
    Status,
    TruncatedPage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = st.sampled_from([f"user{number}" for number in range(6)])
PROJECTS = st.sampled_from([0, 1])
FAULTS = st.sampled_from(
    [
        Status(502),
        Status(403),
        Status(404),
        Status(503, before=False),
        DropConnection(before=True),
        DropConnection(before=False),
        BrokenJson(),
    ]
)
LISTING_FAULTS = st.sampled_from([TruncatedPage(), MissingPage()])
LISTINGS = st.sampled_from(
    ["project_permissions", "marketplace-offering-users", "GET marketplace-provider-resources"]
)
CALLS = st.sampled_from(
    [
        "team",
        "project_permissions",
        "marketplace-offering-users",
        "GET marketplace-provider-resources",
        "list_project_service_accounts",
        "list_course_accounts",
        "component-user-usage-limits",
        "refresh_last_sync",
        "set_backend_metadata",
        "set_as_erred",
        "user-attribute-config",
    ]
)
ACCOUNTS = ("hpc_one", "hpc_two")
PASSES_TO_CALM = 3


def convergence(  # noqa: C901 - a machine's rules, one function each
    make: Callable[..., object], killed: type[BaseException], backend: type, lacks: tuple[str, ...]
) -> type:
    class Convergence(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.setting = make(
                team=("user0",),
                lacks=lacks,
                removal_limits={"resource_share": 1, "offering_share": 1},
                protected_users=["root"],
            )
            self.setting.backend_class = backend
            other = self.setting.world.add_project(self.setting.project.customer, "Ocean")
            self.projects = (self.setting.project, other)
            # Somebody is always there, so that no team is ever empty.
            self.setting.join("keeper", project=other)
            self.setting.join("keeper")
            self.setting.resource("hpc_two", project=other, users=["root", "stranger"])
            self.service: list[object] = []
            self.restricted: set[str] = set()

        @rule(name=NAMES, project=PROJECTS)
        def join(self, name: str, project: int) -> None:
            self.setting.join(name, project=self.projects[project])

        @rule(name=NAMES, project=PROJECTS)
        def leave(self, name: str, project: int) -> None:
            self.setting.leave(name, project=self.projects[project])

        @rule(name=NAMES)
        def restrict(self, name: str) -> None:
            account = self.setting.account_of(name)
            if account is not None:
                self.setting.world.restrict(account, restricted=not account.is_restricted)

        @rule(project=PROJECTS)
        def open_service_account(self, project: int) -> None:
            name = f"svc-{len(self.service)}"
            world = self.setting.world
            self.service.append(world.add_service_account(self.projects[project], name))

        @precondition(lambda self: self.service)
        @rule()
        def close_service_account(self) -> None:
            self.setting.world.close_account(self.service[-1])

        @rule(which=PROJECTS, flag=st.sampled_from(["pause", "downscale", "restrict_members"]))
        def turn_flag(self, which: int, flag: str) -> None:
            resource = self.resources()[which]
            attribute = {"pause": "paused", "downscale": "downscaled"}.get(
                flag, "restrict_member_access"
            )
            keyword = {"pause": "paused", "downscale": "downscaled"}.get(flag, "restricted")
            turned = not getattr(resource, attribute)
            getattr(self.setting.world, flag)(resource, **{keyword: turned})

        @rule(call=CALLS, fault=FAULTS, times=st.integers(1, 3))
        def trouble(self, call: str, fault: object, times: int) -> None:
            self.setting.world.faults.add(match=call, action=fault, times=times)

        @rule(call=LISTINGS, fault=LISTING_FAULTS)
        def trouble_with_a_listing(self, call: str, fault: object) -> None:
            self.setting.world.faults.add(match=call, action=fault)

        @rule(up=st.booleans())
        def outage(self, up: bool) -> None:
            self.setting.system.is_up = up

        @rule()
        def run_a_pass(self) -> None:
            with suppress(WaldurError, BackendError):
                self.setting.run()

        @rule(effects=st.integers(0, 8))
        def run_a_pass_that_is_killed(self, effects: int) -> None:
            self.setting.kill_after(effects)
            with suppress(WaldurError, BackendError, killed):
                self.setting.run()
            self.setting.effects_to_live = None

        @invariant()
        def the_protected_are_there(self) -> None:
            assert "root" in self.setting.on("hpc_two")

        def resources(self) -> list[object]:
            return sorted(self.setting.world.state.resources.values(), key=lambda r: r.backend_id)

        def expected(self, resource: object) -> set[str]:
            world = self.setting.world
            names = {
                account.username
                for account in self.service
                if account.project is resource.project and account.state == "OK"
            }
            if not resource.restrict_member_access:
                for grant in world.team(resource.project):
                    account = world.offering_user(grant.user, self.setting.offering)
                    if account and account.username and not account.is_restricted:
                        names.add(account.username)
            return names | ({"root"} if resource.backend_id == "hpc_two" else set())

        def teardown(self) -> None:
            self.setting.world.faults.clear()
            self.setting.system.is_up = True
            for _ in range(PASSES_TO_CALM):
                self.setting.run()
            for resource in self.resources():
                assert self.setting.on(resource.backend_id) == self.expected(resource)
                assert resource.state == "OK"
                status = self.setting.system.accounts[resource.backend_id].status
                assert status is wanted(resource)
            self.setting.world.calls.clear()
            self.setting.system.effects.clear()
            assert not self.setting.run().failed
            assert self.setting.writes() == []
            assert self.setting.system.effects == []
            wrong = [v for v in self.setting.world.violations if v.kind != "unrouted path"]
            assert wrong == []

    return Convergence


def wanted(resource: object) -> ResourceStatus:
    if resource.paused:
        return ResourceStatus.PAUSED
    return ResourceStatus.DOWNSCALED if resource.downscaled else ResourceStatus.NORMAL


@pytest.mark.parametrize("backend", [BulkBackend, MemoryBackend])
@pytest.mark.parametrize("lacks", [(), ("project_permissions",)])
def test_it_converges(
    make: Callable[..., object], killed: type[BaseException], backend: type, lacks: tuple[str, ...]
) -> None:
    machine = convergence(make, killed, backend, lacks).TestCase
    machine.settings = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine("runTest").runTest()


@pytest.mark.parametrize("leavers", [0, 1, 3])
@pytest.mark.parametrize("backend", [BulkBackend, MemoryBackend])
def test_killed_between_any_two_effects(
    make: Callable[..., object], killed: type[BaseException], backend: type, leavers: int
) -> None:
    effects = 0
    while True:
        setting = make(removal_limits={"resource_share": 1})
        setting.backend_class = backend
        setting.join("mary", "joan")
        setting.leave(*("ada", "barbara", "grace")[:leavers])
        setting.kill_after(effects)
        try:
            setting.run()
        except killed:
            setting.run()
            expected = {"ada", "barbara", "grace", "mary", "joan"}
            assert setting.on("hpc_one") == expected - set(("ada", "barbara", "grace")[:leavers])
            effects += 1
            continue
        break
    assert effects >= 2
