"""Members, states and limits of a real Slurm in line with Waldur, by the agent's own command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.mastermind.faults import MissingPage, Status

if TYPE_CHECKING:
    from conftest import Stand  # for readers; pytest injects the fixture

    from waldur_site_agent_testkit.mastermind.state import Project, Resource

LIMITS = {"cpu": 2, "mem": 3, "gres/gpu": 4}
MOST_UNCHANGED = 3
MOST_FOR_FORTY = 10
QOS = """\
      qos_paused: paused
      qos_downscaled: slow
"""


def sync(stand: Stand, *words: str) -> tuple[int, str]:
    return stand.agent("-m", "membership_sync", *(words or ("--once",)))


def event(output: str, name: str) -> dict[str, object]:
    lines = (json.loads(line) for line in output.splitlines() if line.startswith("{"))
    return next(line for line in lines if line["event"] == name)


@pytest.fixture
def members(stand: Stand) -> Stand:
    """A resource with the team of twenty, made by an order; members are in sync."""
    text = stand.config_file.read_text()
    role = "order_processing_backend: slurm\n"
    text = text.replace(role, role + "    membership_sync_backend: slurm\n")
    text = text.replace("    backend_settings:\n", "    backend_settings:\n" + QOS)
    stand.config_file.write_text(text)
    for name in ("paused", "slow"):
        stand.slurm.sacctmgr("add", "qos", name)
    stand.create("Alpha", **LIMITS)
    stand.agent()
    sync(stand)
    stand.slurm.reset_commands()
    stand.world.calls.clear()
    return stand


def resource(stand: Stand) -> Resource:
    (one,) = stand.world.state.resources.values()
    return one


def person(stand: Stand, name: str) -> object:
    return next(user for user in stand.world.state.users.values() if user.username == name)


def test_an_unchanged_pass_costs_next_to_nothing(members: Stand) -> None:
    before = members.slurm.associations()

    code, output = sync(members)

    assert code == 0, output
    assert len(members.slurm.commands()) <= MOST_UNCHANGED, members.slurm.commands()
    assert members.slurm.associations() == before
    writes = [call.path for call in members.world.calls if call.method != "GET"]
    assert all("site-agent" in path for path in writes), writes


def test_who_joins_may_compute_and_who_leaves_may_not(
    members: Stand, people: tuple[str, ...]
) -> None:
    joiner, leaver = people[22], people[3]
    members.world.grant(members.world.add_user(joiner), members.project)
    members.world.revoke(person(members, leaver), members.project)
    job = members.slurm.submit(leaver, "hpc_alpha")
    members.slurm.wait_for_job(job, "RUNNING")
    members.slurm.wait_until_accounted(job)

    code, output = sync(members)

    assert code == 0, output
    assert members.slurm.users_of("hpc_alpha") == {*people[:20], joiner} - {leaver}
    assert members.slurm.accepts(joiner, "hpc_alpha")
    assert not members.slurm.accepts(leaver, "hpc_alpha")
    assert members.slurm.job_state(job) == ""
    assert joiner not in output


def test_who_has_no_unix_account_waits_and_poisons_nothing(members: Stand) -> None:
    members.world.set_option(members.offering, "enable_membership_sync_status", True)  # noqa: FBT003 - an option's value
    members.world.grant(members.world.add_user("wsanobody"), members.project)

    code, output = sync(members)

    assert code == 0, output
    assert "wsanobody" not in members.slurm.users_of("hpc_alpha")
    told = {row.username: row for row in resource(members).member_statuses}
    assert told["wsanobody"].state == "pending"
    assert "Unix account" in told["wsanobody"].message


def test_pausing_downscaling_and_letting_go_on(members: Stand, people: tuple[str, ...]) -> None:
    world, one = members.world, resource(members)

    def qos() -> str:
        row = members.slurm.account("hpc_alpha")
        assert row is not None
        return row.qos

    normal = qos()
    world.downscale(one)
    assert sync(members)[0] == 0
    assert qos() == "slow"
    world.pause(one)
    assert sync(members)[0] == 0
    assert qos() == "paused"
    world.pause(one, paused=False)
    world.downscale(one, downscaled=False)
    assert sync(members)[0] == 0
    assert qos() == normal
    assert one.backend_metadata["qos"] == normal
    assert members.slurm.accepts(people[0], "hpc_alpha")


def test_what_an_administrator_set_by_hand_is_left_alone(members: Stand) -> None:
    members.slurm.sacctmgr("add", "qos", "special")
    for qos in ("special", "slow"):
        members.slurm.sacctmgr("modify", "account", "hpc_alpha", "set", f"qos+={qos}")
    by_hand = members.slurm.account("hpc_alpha")

    assert sync(members)[0] == 0

    assert members.slurm.account("hpc_alpha") == by_hand


def test_limits_that_were_changed_on_the_cluster_are_told(members: Stand) -> None:
    members.slurm.sacctmgr("modify", "account", "hpc_alpha", "set", "GrpTRESMins=cpu=300000")

    assert sync(members)[0] == 0
    assert resource(members).limits == {**LIMITS, "cpu": 5}
    for _ in range(3):
        sync(members)
    assert resource(members).limits == {**LIMITS, "cpu": 5}, "an echo never grows"


def test_limits_of_one_member(members: Stand, people: tuple[str, ...]) -> None:
    account = members.world.offering_user(person(members, people[0]), members.offering)
    members.world.limit_user(account, resource(members), "cpu", 1)

    assert sync(members)[0] == 0

    shown = members.slurm.sacctmgr(
        "show", "assoc", "where", "account=hpc_alpha", f"user={people[0]}", "format=MaxTRESMins%50"
    )
    assert "cpu=60000" in shown
    members.slurm.reset_commands()
    assert sync(members)[0] == 0
    assert not any("modify" in command for command in members.slurm.commands())


def test_a_service_account_stays_with_its_jobs(members: Stand, people: tuple[str, ...]) -> None:
    robot = people[24]
    members.world.add_service_account(members.project, robot)
    sync(members)
    job = members.slurm.submit(robot, "hpc_alpha")
    members.slurm.wait_for_job(job, "RUNNING")

    for _ in range(3):
        assert sync(members)[0] == 0

    assert members.slurm.job_state(job) == "RUNNING"


def test_the_team_is_gone_and_nobody_goes_without_a_person(
    members: Stand, people: tuple[str, ...]
) -> None:
    for name in people[:20]:
        members.world.revoke(person(members, name), members.project)

    code, output = sync(members)

    assert code == 1
    assert members.slurm.users_of("hpc_alpha") == set(people[:20])
    assert event(output, "members.held_back")["count"] == 20
    assert "HELD BACK" in sync(members, "--dry-run")[1]
    assert sync(members, "--once", "--force")[0] == 0
    assert members.slurm.users_of("hpc_alpha") == set()


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("team", Status(502)),
        ("project_permissions", Status(403)),
        ("marketplace-offering-users", MissingPage()),
        ("list_project_service_accounts", Status(403)),
        ("component-user-usage-limits", Status(403)),
    ],
)
def test_waldur_in_trouble_removes_nobody(
    members: Stand, people: tuple[str, ...], call: str, fault: object
) -> None:
    members.world.grant(members.world.add_user(people[22]), members.project)
    trouble = members.world.faults.add(match=call, action=fault, times=None)

    _, output = sync(members)

    assert "Traceback" not in output
    assert members.slurm.users_of("hpc_alpha") >= set(people[:20])
    assert resource(members).state == "OK"
    trouble.cancel()
    assert sync(members)[0] == 0
    assert members.slurm.users_of("hpc_alpha") == {*people[:20], people[22]}


def test_slurm_down_changes_nothing_in_waldur(members: Stand) -> None:
    members.world.pause(resource(members))
    members.slurm.stop_slurmdbd()
    try:
        code, output = sync(members)
    finally:
        members.slurm.start_slurmdbd()

    assert code == 1
    assert "Traceback" not in output
    assert resource(members).state == "OK"
    assert sync(members)[0] == 0


def test_an_account_that_was_lost_is_told_and_made_again_by_force(
    members: Stand, people: tuple[str, ...]
) -> None:
    members.slurm.sacctmgr("remove", "account", "where", "name=hpc_alpha")

    code, output = sync(members)
    assert code == 1
    assert event(output, "resource.missing")["backend_id"] == "hpc_alpha"

    assert sync(members, "--once", "--force")[0] == 0
    assert members.slurm.users_of("hpc_alpha") == set(people[:20])


def test_fifty_come_and_fifty_go_on_forty_accounts(members: Stand, people: tuple[str, ...]) -> None:
    users = {name: person(members, name) for name in people[:20]}
    projects = forty_projects(members)
    for number, project in enumerate(projects):
        for name in people[number % 10 : number % 10 + 5]:
            members.world.grant(users[name], project)
    code, output = sync(members)
    assert (code, event(output, "members.pass")["added"]) == (0, 200)
    for change in range(50):
        project, number = projects[change % 40], change % 40
        team = people[number % 10 : number % 10 + 5]
        members.world.revoke(users[team[change // 40]], project)
        members.world.grant(users[people[15 + change // 40 + number % 3]], project)
    members.slurm.reset_commands()

    code, output = sync(members)

    assert code == 0, output
    told = event(output, "members.pass")
    assert (told["added"], told["removed"]) == (50, 50)
    assert len(members.slurm.commands()) <= MOST_FOR_FORTY, members.slurm.commands()
    for number, project in enumerate(projects):
        team = {grant.user.username for grant in members.world.team(project)}
        assert members.slurm.users_of(f"hpc_r{number:02}") == team


def forty_projects(members: Stand) -> list[Project]:
    """Projects with a resource each that has long been on the cluster."""
    lines = [f"Cluster - '{members.slurm.name}'", "Parent - 'root'"]
    projects = []
    for number in range(40):
        slug = f"r{number:02}"
        project = members.world.add_project(members.project.customer, slug, slug=slug)
        members.world.add_resource(
            project, members.offering, slug, backend_id=f"hpc_{slug}", limits=LIMITS
        )
        lines.append(f"Account - 'p_{slug}'")
        projects.append(project)
    for number in range(40):
        lines += [f"Parent - 'p_r{number:02}'", f"Account - 'hpc_r{number:02}'"]
    members.slurm.load("\n".join(lines) + "\n")
    return projects
