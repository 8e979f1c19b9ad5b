"""The commands that do one thing for every offering and end."""

from __future__ import annotations

import json

import pytest

USERS = "waldur_sync_offering_users"
LIMITS = "waldur_sync_resource_limits"
HOMES = "waldur_site_create_homedirs"


def keep(stand: object, accounts: dict[str, object]) -> None:
    (stand.folder / "cluster.json").write_text(json.dumps(accounts))


def run(stand: object, command: str, *words: str) -> object:
    return stand.run(command, "-c", str(stand.config_file), *words)


@pytest.fixture
def site(stand: object) -> object:
    small = stand.small
    stand.configure(stand.offering(plugin="lasting", usernames="initials"))
    small.world.add_resource(
        small.project, small.offering, "A", backend_id="hpc_a", limits={"cpu": 10}
    )
    keep(stand, {"hpc_a": {"users": [], "limits": {"cpu": 1200}}})
    return stand


def test_users_are_named(site: object) -> None:
    ended = run(site, USERS)

    assert ended.code == 0, ended.said
    assert "1 users were named, 0 stay without a name" in ended.out
    small = site.small
    assert small.world.offering_user(small.member, small.offering).username == "a"


def test_limits_are_told_to_waldur(site: object) -> None:
    ended = run(site, LIMITS)

    assert ended.code == 0, ended.said
    assert "the limits of 1 of 1 resources are in line" in ended.out
    (resource,) = site.small.world.state.resources.values()
    assert resource.limits["cpu"] == 20


def test_limits_of_what_the_backend_lost(site: object) -> None:
    keep(site, {})

    ended = run(site, LIMITS)

    assert ended.code == 1
    assert "hpc_a: there is no account 'hpc_a'" in ended.err


def test_homes_are_made_for_users_with_names(site: object) -> None:
    run(site, USERS)

    ended = run(site, HOMES)

    assert ended.code == 0, ended.said
    assert "1 users have been looked after" in ended.out
    assert json.loads((site.folder / "cluster.json").read_text())["homes"]["users"] == ["a"]


def test_homes_that_the_settings_forbid(site: object) -> None:
    settings = "{allocation_prefix: hpc_, enable_user_homedir_account_creation: false}"
    text = site.config_file.read_text().replace("{allocation_prefix: hpc_}", settings)
    site.config_file.write_text(text)

    assert "enable_user_homedir_account_creation is off" in run(site, HOMES).out


@pytest.mark.parametrize("command", [USERS, LIMITS, HOMES])
def test_one_offering_that_fails_does_not_stop_the_others(site: object, command: str) -> None:
    other = site.another("Second")
    site.configure(
        site.offering("Lost", plugin="lasting", uuid="f" * 32),
        site.offering("Second", plugin="lasting", uuid=other.uuid),
    )

    ended = run(site, command)

    assert ended.code == 1
    assert "Offering Lost: FAILED:" in ended.err
    assert "Offering Second: " in ended.out
    assert run(site, command, "--offering", "Second").code == 0


@pytest.mark.parametrize("command", [USERS, LIMITS, HOMES])
def test_mistakes_on_the_command_line(site: object, command: str) -> None:
    assert run(site, command, "--offering", "Nowhere").code == 2
    assert site.run(command, "-c", "nowhere.yaml").code == 2
    assert "Usage" in site.run(command, "--help").out
    assert run(site, command, "-m", "report").code == 0, "1.x takes a mode here, and so do we"


def test_an_offering_without_the_backend_is_left_alone(site: object) -> None:
    site.configure(site.offering(role="reporting", plugin="lasting"))

    ended = run(site, HOMES)

    assert ended.code == 0
    assert "left alone, as it has no order_processing_backend" in ended.out
