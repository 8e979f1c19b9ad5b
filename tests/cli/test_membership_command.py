"""``waldur_site_agent -m membership_sync`` as a process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from pathlib import Path

LEAVERS = [f"user{number}" for number in range(8)]


def cluster(stand: object, users: list[str]) -> Path:
    file = stand.folder / "cluster.json"
    file.write_text(json.dumps({"hpc_a": {"users": users, "limits": {"cpu": 600}}}))
    return file


def users_of(stand: object) -> list[str]:
    return json.loads((stand.folder / "cluster.json").read_text())["hpc_a"]["users"]


@pytest.fixture
def site(stand: object) -> object:
    """One resource with Ada on it, who has a name at the site."""
    small = stand.small
    stand.configure(stand.offering(role="membership_sync", plugin="lasting"))
    small.world.add_resource(
        small.project, small.offering, "A", backend_id="hpc_a", limits={"cpu": 10}
    )
    small.world.set_username(small.member, small.offering, "ada")
    cluster(stand, ["ada"])
    return stand


def sync(site: object, *words: str) -> object:
    return site.agent("-m", "membership_sync", *words)


def join(site: object, name: str) -> object:
    small = site.small
    user = small.world.add_user(name)
    small.world.grant(user, small.project)
    small.world.set_username(user, small.offering, name)
    return user


def test_who_joins_comes_and_who_leaves_goes(site: object) -> None:
    join(site, "mary")
    cluster(site, ["ada", "grace"])

    ended = sync(site, "--once")

    assert ended.code == 0, ended.said
    assert users_of(site) == ["ada", "mary"]
    told = ended.event("members.pass")
    assert (told["added"], told["removed"], told["offering"]) == (1, 1, "Cluster")
    assert "mary" not in ended.out, "names are no business of the log"


def test_a_second_pass_writes_nothing_but_that_it_was_made(site: object) -> None:
    sync(site, "--once")
    site.small.world.calls.clear()

    assert sync(site, "--once").code == 0

    assert all("site-agent" in path for path in site.writes()), site.writes()


def test_a_dry_run_names_who_would_come_and_go_and_changes_nothing(site: object) -> None:
    join(site, "mary")
    cluster(site, ["ada", "grace"])

    ended = sync(site, "--dry-run")

    assert ended.code == 0
    assert "add mary" in ended.out
    assert "remove grace — unknown to Waldur" in ended.out
    assert users_of(site) == ["ada", "grace"]
    assert site.writes() == []


def test_held_back_removals_are_told_everywhere_and_forced(site: object) -> None:
    users = [join(site, name) for name in LEAVERS]
    cluster(site, ["ada", *LEAVERS])
    for user in users:
        site.small.world.revoke(user, site.small.project)

    ended = sync(site, "--once")

    assert ended.code == 1
    assert users_of(site) == ["ada", *LEAVERS]
    held = ended.event("members.held_back")
    assert held["count"] == 8
    assert "removal_limits" in held["why"]
    assert "--force" in held["remedy"]
    assert ended.event("members.pass")["held_back"] == 8
    assert "HELD BACK: would remove user0" in sync(site, "--dry-run").out

    assert sync(site, "--once", "--force", "--resource", "hpc_a").code == 0
    assert users_of(site) == ["ada"]


def test_a_resource_that_is_not_there(site: object) -> None:
    ended = sync(site, "--once", "--resource", "hpc_b")

    assert ended.code == 1
    assert "no resource 'hpc_b'" in ended.event("pass.failed")["why"]
    assert "no resource 'hpc_b'" in sync(site, "--dry-run", "--resource", "hpc_b").said


def test_what_the_backend_lost_is_told(site: object) -> None:
    (site.folder / "cluster.json").write_text("{}")

    ended = sync(site, "--once")

    assert ended.code == 1
    assert "--force" in ended.event("resource.missing")["remedy"]
    assert "the backend does not have it" in sync(site, "--dry-run").out


def test_words_that_belong_to_the_other_mode(stand: object) -> None:
    ended = stand.agent("--once", "--force")

    assert ended.code == 2
    assert "-m membership_sync" in ended.err


def test_several_offerings_and_a_resource(site: object) -> None:
    other = site.another("Second")
    site.configure(
        site.offering(role="membership_sync", plugin="lasting"),
        site.offering("Second", role="membership_sync", plugin="lasting", uuid=other.uuid),
    )

    ended = sync(site, "--once", "--resource", "hpc_a")

    assert ended.code == 2
    assert "--offering" in ended.err
    assert sync(site, "--once", "--resource", "hpc_a", "--offering", "Cluster").code == 0


def test_waldur_in_trouble(site: object) -> None:
    site.small.world.faults.add(match="marketplace-offering-users", action=Status(502), times=None)

    ended = sync(site, "--once")

    assert ended.code == 1
    assert users_of(site) == ["ada"]
    assert "502" in ended.event("pass.failed")["why"]


def test_users_who_stay_without_a_name_are_told_of(stand: object) -> None:
    small = stand.small
    stand.configure(stand.offering(role="membership_sync", plugin="lasting"))
    small.world.add_resource(small.project, small.offering, "A", backend_id="hpc_a")
    cluster(stand, [])

    ended = sync(stand, "--once")

    told = ended.event("usernames.nameless")
    assert (told["count"], told["plugin"]) == (1, "base")
