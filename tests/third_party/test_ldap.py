"""LDAP: usernames are POSIX accounts of a directory. The directory is a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from directory import ADMIN, BASE, PASSWORD, Directory
from nextcloud_server import Nextcloud

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.state import OfferingUserState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from waldur_site_agent_testkit.agent_site import AgentSite
    from waldur_site_agent_testkit.mastermind.state import OfferingUser, Resource, User
    from waldur_site_agent_testkit.remote import Remote

PLUGIN = "ldap"
COMPONENTS = {"storage": ComponentSpec(measured_unit="GB", billing_type="limit")}
SYNC = ("-m", "membership_sync", "--once")


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    with Directory(tmp_path / "ldap") as directory:
        yield directory


@pytest.fixture
def nextcloud(remote: Remote) -> Nextcloud:
    """Where the accounts are used."""
    nextcloud = Nextcloud(remote)
    nextcloud.users = {"alovelace", "jnunez", "estone"}
    return nextcloud


def configure(site: AgentSite, remote: Remote, directory: Directory, **settings: Any) -> None:
    ldap = {
        "uri": directory.uri,
        "bind_dn": ADMIN,
        "bind_password": PASSWORD,
        "base_dn": BASE,
        "user_object_classes": ["inetOrgPerson", "posixAccount"],
        "user_group_object_classes": ["posixGroup"],
        "access_groups": [{"name": "vpn"}],
        **settings,
    }
    site.configure(
        order_processing_backend="nextcloud",
        membership_sync_backend="nextcloud",
        username_management_backend=PLUGIN,
        backend_settings={
            "nextcloud_url": remote.url,
            "admin_username": "admin",
            "admin_password": "hush",
            "ldap": ldap,
        },
    )


@pytest.fixture
def folder(site: AgentSite, remote: Remote, nextcloud: Nextcloud, directory: Directory) -> Resource:
    """A resource that nobody uses so far."""
    assert nextcloud.groups == {}
    configure(site, remote, directory)
    site.offering.exposed_fields = ["username", "first_name", "last_name", "full_name", "email"]
    order = site.order("Data", limits={"storage": 20})
    ended = site.agent("-m", "order_process", "--once")
    assert (order.state, ended.code) == ("done", 0), ended.out
    return order.resource


@pytest.fixture
def ada(site: AgentSite, folder: Resource) -> User:
    """A member who was given a name."""
    assert folder.backend_id
    ada = site.member("ada", first_name="Ada", last_name="Lovelace")
    ended = site.agent(*SYNC)
    assert ended.code == 0, ended.out
    return ada


def account(site: AgentSite, user: User) -> OfferingUser:
    found = site.world.offering_user(user, site.offering)
    assert found is not None
    return found


def members(nextcloud: Nextcloud) -> set[str]:
    (group,) = nextcloud.groups.values()
    return group


def test_a_member_gets_an_account_a_group_of_her_own_and_access(
    site: AgentSite, ada: User, directory: Directory, nextcloud: Nextcloud
) -> None:
    person, groups = directory.people()["alovelace"], directory.groups()

    assert (account(site, ada).username, account(site, ada).state) == ("alovelace", "OK")
    assert (person["mail"], person["cn"]) == (["ada@example.org"], ["Ada Lovelace"])
    assert person["gidNumber"] == groups["alovelace"]["gidNumber"]
    assert groups["vpn"]["memberUid"] == ["alovelace"]
    assert members(nextcloud) == {"alovelace"}


def test_names_are_put_into_letters_that_accounts_may_have_and_are_given_once(
    site: AgentSite, ada: User, directory: Directory
) -> None:
    jose = site.member("jose", first_name="José", last_name="Núñez")
    anna = site.member("anna", first_name="Anna", last_name="Lovelace")
    site.agent(*SYNC)
    names = [account(site, user).username for user in (ada, jose, anna)]

    assert names[:2] == ["alovelace", "jnunez"]
    assert set(directory.people()) == set(names)
    assert len(set(names)) == 3


def test_a_person_whom_the_directory_knows_keeps_her_account(
    site: AgentSite, folder: Resource, directory: Directory
) -> None:
    directory.add_person("countess", mail="ada@example.org")
    ada = site.member("ada", first_name="Ada", last_name="Lovelace")
    site.agent(*SYNC)

    assert folder.state == "OK"
    assert account(site, ada).username == "countess"
    assert set(directory.people()) == {"countess"}


def test_a_new_name_of_a_person_reaches_the_directory(
    site: AgentSite, ada: User, directory: Directory
) -> None:
    ada.last_name = "King"
    site.agent(*SYNC)

    assert directory.people()["alovelace"]["sn"] == ["King"]


def test_who_leaves_keeps_the_account_unless_it_is_to_be_removed(
    site: AgentSite, ada: User, directory: Directory, nextcloud: Nextcloud
) -> None:
    site.member("eve", first_name="Eve", last_name="Stone")
    site.leave(ada)
    site.agent(*SYNC)

    assert set(directory.people()) == {"alovelace", "estone"}
    assert members(nextcloud) == {"estone"}


def test_a_removed_account_does_not_come_back_with_its_owner(
    site: AgentSite, remote: Remote, ada: User, directory: Directory
) -> None:
    configure(site, remote, directory, remove_user_on_deactivate=True)
    site.member("eve", first_name="Eve", last_name="Stone")
    site.leave(ada)
    site.agent(*SYNC)
    assert set(directory.people()) == {"estone"}
    assert set(directory.groups()) == {"vpn", "estone"}
    site.world.grant(ada, site.project)
    site.agent(*SYNC)

    assert account(site, ada).username == "alovelace"
    assert set(directory.people()) == {"estone"}


def test_who_is_to_be_deleted_is_when_the_name_is_on_no_resource(
    site: AgentSite, ada: User, nextcloud: Nextcloud
) -> None:
    site.world.move_account(account(site, ada), "request_deletion")
    site.agent(*SYNC)
    site.agent(*SYNC)

    assert account(site, ada).state == OfferingUserState.DELETED
    assert members(nextcloud) == set()


def test_nobody_loses_anything_while_the_directory_is_away(
    site: AgentSite, ada: User, directory: Directory, nextcloud: Nextcloud
) -> None:
    eve = site.member("eve", first_name="Eve", last_name="Stone")
    directory.stop()
    ended = site.agent(*SYNC)
    assert ended.code == 1
    assert account(site, ada).state == "OK"
    assert members(nextcloud) == {"alovelace"}
    directory.start()
    site.agent(*SYNC)

    assert (account(site, eve).username, account(site, eve).state) == ("estone", "OK")
    assert members(nextcloud) == {"alovelace", "estone"}


def test_the_password_of_the_directory_is_in_no_log(
    site: AgentSite, ada: User, directory: Directory
) -> None:
    site.leave(ada)
    directory.stop()
    ended = site.agent(*SYNC)

    assert PASSWORD not in ended.out + ended.err
