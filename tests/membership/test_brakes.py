"""A pass that would remove too many waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.config.models import RemovalLimits
from waldur_site_agent.membership.brakes import brake
from waldur_site_agent.membership.plan import MembersPlan, Removal
from waldur_site_agent.waldur.models import Resource
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

MANY = [f"user{number:03}" for number in range(500)]


def plan(going: int, present: int, *, asked_for: bool = False) -> MembersPlan:
    removals = (
        Removal(name=f"u{n}", reason="not on the team", asked_for=asked_for) for n in range(going)
    )
    resource = Resource(uuid="00000000-0000-0000-0000-000000000000")
    return MembersPlan(resource=resource, remove=tuple(removals), present=present)


@pytest.mark.parametrize(
    ("going", "present", "held"),
    [
        (0, 0, False),
        (1, 1, False),
        (5, 5, False),
        (6, 12, False),
        (6, 11, True),
        (6, 6, True),
        (20, 80, False),
        (20, 20, True),
    ],
)
def test_of_a_resource_by_number_and_share(going: int, present: int, held: bool) -> None:
    (braked,) = brake([plan(going, present)], RemovalLimits(), force=False)

    assert bool(braked.held_back) is held
    assert len(braked.remove) + len(braked.held_back) == going
    assert ("removal_limits.resource_number (5)" in braked.held_why) is held


@pytest.mark.parametrize(
    ("resources", "held"), [(20, False), (21, True)], ids=["twenty go", "one more does not"]
)
def test_of_the_offering_by_number_and_share(resources: int, held: bool) -> None:
    plans = brake([plan(1, 3)] * resources, RemovalLimits(), force=False)

    assert {bool(one.held_back) for one in plans} == {held}


def test_a_share_of_one_and_force_switch_them_off() -> None:
    off = RemovalLimits(resource_share=1, offering_share=1)
    assert brake([plan(50, 50)], off, force=False)[0].held_back == ()
    assert brake([plan(50, 50)], RemovalLimits(), force=True)[0].held_back == ()


def test_what_waldur_asks_for_outright_is_not_counted() -> None:
    (braked,) = brake([plan(50, 50, asked_for=True)], RemovalLimits(), force=False)

    assert len(braked.remove) == 50


def test_four_hundred_of_five_hundred_gone(make: Callable[..., object]) -> None:
    setting = make(team=MANY)
    setting.leave(*MANY[:400])

    report = setting.run()

    assert setting.on("hpc_one") == set(MANY)
    assert report.failed
    assert report.counts["held_back"] == 400
    held = setting.plan()["hpc_one"].members
    assert len(held.held_back) == 400
    assert "removal_limits" in held.held_why

    assert not setting.run(force=True).failed
    assert setting.on("hpc_one") == set(MANY[400:])


def test_raising_the_limit_lets_it_happen(make: Callable[..., object]) -> None:
    limits = {"resource_number": 400, "offering_number": 400}
    setting = make(team=MANY, removal_limits=limits)
    setting.leave(*MANY[:400])

    assert not setting.run().failed

    assert len(setting.on("hpc_one")) == 100


def test_joiners_come_while_leavers_are_held_back(make: Callable[..., object]) -> None:
    setting = make(team=MANY)
    setting.leave(*MANY[:400])
    setting.join("mary")

    setting.run()

    assert "mary" in setting.on("hpc_one")


@pytest.mark.parametrize("lacks", [(), ("project_permissions",)])
def test_an_empty_team_that_nothing_confirms(make: Callable[..., object], lacks: tuple) -> None:
    setting = make(lacks=lacks, team=("ada",))
    setting.leave("ada")

    report = setting.run()

    assert setting.on("hpc_one") == {"ada"}
    assert report.counts["held_back"] == 1
    assert not setting.run(force=True).failed
    assert setting.on("hpc_one") == set()


def test_an_empty_team_that_the_roles_confirm(make: Callable[..., object]) -> None:
    setting = make(team=("ada",))
    other = setting.world.add_project(setting.project.customer, "Ocean")
    setting.join("mary", project=other)
    setting.resource("hpc_other", project=other, users=["mary"])
    setting.leave("ada")

    assert not setting.run().failed

    assert setting.on("hpc_one") == set()


def test_an_empty_team_that_the_roles_contradict(make: Callable[..., object]) -> None:
    setting = make(team=("ada", "barbara"))
    setting.leave("barbara")

    def forget_the_team(call: object, phase: str) -> None:
        if "/team/" in call.path:
            (setting.leave if phase == "before" else setting.join)("ada")

    setting.world.on_call(forget_the_team)

    report = setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara"}
    assert report.counts["held_back"] == 2


@pytest.mark.parametrize("status", [500, 502, 403, 404])
def test_a_side_listing_that_fails_removes_nobody(make: Callable[..., object], status: int) -> None:
    setting = make()
    for call in ("project_permissions", "component-user-usage-limits", "list_course_accounts"):
        setting.world.faults.add(match=call, action=Status(status), times=None)

    setting.run()

    assert setting.on("hpc_one") == {"ada", "barbara", "grace"}


def test_a_uuid_names_a_resource(setting: object) -> None:
    uuid: UUID | str = next(iter(setting.world.state.resources))

    assert setting.run(str(uuid)).counts["resources"] == 1
