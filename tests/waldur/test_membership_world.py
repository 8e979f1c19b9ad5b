"""The gateway and the testkit's strict Mastermind agree about all that membership asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.errors import ConflictError, NotFoundError, UnauthorizedError
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.models.states import OfferingUserState, ResourceState
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world
from waldur_site_agent_testkit.mastermind.state import AccountState, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.mastermind.state import OfferingUser, Resource, User

AT_ONCE = RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0)


@dataclass
class Site:
    """The small world with a resource, a named member and a gateway."""

    small: SmallWorld
    resource: Resource
    account: OfferingUser
    waldur: Waldur

    @property
    def offering(self) -> str:
        return self.small.offering.uuid

    @property
    def provider(self) -> str:
        return self.small.world.provider_of(self.small.customer).uuid


def site_of(small: SmallWorld, user: User | None = None) -> Site:
    resource = small.world.add_resource(small.project, small.offering, "work", backend_id="hpc_w")
    account = small.world.set_username(small.member, small.offering, "ada01")
    token = (user or small.agent).token
    settings = ConnectionSettings(api_url="http://waldur.test/api/", token=token, retries=AT_ONCE)
    waldur = Waldur(Transport(settings, network=transport(small.world)))
    return Site(small, resource, account, waldur)


@pytest.fixture
def site() -> Site:
    return site_of(small_world())


def test_a_resource_with_all_that_membership_reads(site: Site) -> None:
    world = site.small.world
    world.pause(site.resource)
    world.fail_resource(site.resource, "the disk is full")
    site.waldur.resources.refresh_last_sync(site.resource.uuid)

    (found,) = site.waldur.resources.list(site.offering, [ResourceState.ERRED])

    assert (found.backend_id, found.paused, found.downscaled) == ("hpc_w", True, False)
    assert (found.error_message, found.last_sync) == ("the disk is full", site.resource.last_sync)
    assert site.waldur.resources.list(site.offering, [ResourceState.OK]) == []
    assert world.violations == []


def test_teams_and_users_by_consent_and_restriction(site: Site) -> None:
    world, waldur = site.small.world, site.waldur
    world.give_consent(site.small.member, site.small.offering)
    eve = world.add_user("eve")
    world.grant(eve, site.small.project)
    restricted = world.offering_user(eve, site.small.offering)
    assert restricted is not None
    world.restrict(restricted)

    team = waldur.resources.team(site.resource.uuid)
    consented = waldur.resources.team(site.resource.uuid, has_consent=True)
    users = waldur.offering_users.list(site.offering, has_consent=False, exposed_fields=())
    brief = waldur.offering_users.list_brief(site.offering)

    assert [member.username for member in team] == ["ada", "eve"]
    assert [member.offering_user_username for member in consented] == ["ada01"]
    assert [user.uuid.hex for user in users] == [restricted.uuid]
    assert [(user.username, user.is_restricted) for user in brief] == [("ada01", False), ("", True)]
    assert world.violations == []


def test_an_account_is_deleted(site: Site) -> None:
    users, uuid = site.waldur.offering_users, site.account.uuid
    steps = [
        (users.request_deletion, OfferingUserState.REQUESTED_DELETION),
        (users.set_deleting, OfferingUserState.DELETING),
        (users.set_error_deleting, OfferingUserState.ERROR_DELETING),
        (users.set_ok, OfferingUserState.OK),
        (users.request_deletion, OfferingUserState.REQUESTED_DELETION),
        (users.set_deleting, OfferingUserState.DELETING),
        (users.set_deleted, OfferingUserState.DELETED),
    ]
    for step, state in steps:
        step(uuid)
        assert site.account.state == state
    with pytest.raises(ConflictError, match="Valid states for operation"):
        users.set_deleting(uuid)
    assert site.small.world.violations == []


def test_limits_of_persons_name_the_account(site: Site) -> None:
    site.small.world.limit_user(site.account, site.resource, "cpu", 2.5)

    (listed,) = site.waldur.usage_limits.list(site.offering)
    (of_resource,) = site.waldur.usage_limits.list_of_resource(site.resource.uuid)

    assert listed == of_resource
    assert (listed.component_type, listed.limit) == ("cpu", 2.5)
    assert listed.user_uuid == UUID(site.account.uuid)
    assert listed.resource_uuid == UUID(site.resource.uuid)
    assert site.small.world.violations == []


def test_roles_and_accounts_of_the_provider(site: Site) -> None:
    world, providers = site.small.world, site.waldur.providers
    world.add_service_account(site.small.project, "robot")
    world.add_course_account(site.small.project, site.small.member, state=AccountState.PENDING)

    (role,) = providers.project_permissions(site.provider)
    (service,) = providers.service_accounts(site.provider)
    (course,) = providers.course_accounts(site.provider)

    assert (role.project_uuid.hex, role.user_uuid.hex, role.role_name) == (
        site.small.project.uuid,
        site.small.member.uuid,
        "PROJECT.MEMBER",
    )
    assert (service.username, course.username, course.state) == ("robot", "ada", "Pending")
    assert service == site.waldur.offerings.service_accounts(site.offering)[0]
    assert course == site.waldur.offerings.course_accounts(site.offering)[0]
    assert world.violations == []


def test_statuses_are_told(site: Site) -> None:
    status = {"username": "ada", "scope_type": "resource", "role_name": "PROJECT.MEMBER"}
    statuses = [{**status, "state": "pending", "message": "the system does not know the user"}]
    with pytest.raises(ConflictError):
        site.waldur.resources.set_membership_sync_statuses(site.resource.uuid, statuses)
    site.small.world.set_option(site.small.offering, "enable_membership_sync_status", value=True)

    site.waldur.resources.set_membership_sync_statuses(site.resource.uuid, statuses)

    (told,) = site.resource.member_statuses
    assert (told.username, told.state) == ("ada", "pending")
    assert site.small.world.violations == []


WIDE: list[Callable[[Site], object]] = [
    lambda site: site.waldur.providers.project_permissions(site.provider),
    lambda site: site.waldur.providers.service_accounts(site.provider),
    lambda site: site.waldur.providers.course_accounts(site.provider),
]


@pytest.mark.parametrize("ask", WIDE)
def test_a_manager_of_the_offering_alone_is_refused_what_is_the_providers(
    ask: Callable[[Site], object],
) -> None:
    small = small_world()
    manager = small.world.add_user("manager")
    small.world.grant(manager, small.offering, Role.OFFERING_MANAGER)
    site = site_of(small, manager)

    with pytest.raises(UnauthorizedError) as refused:
        ask(site)

    assert refused.value.status == 403
    assert len(site.waldur.resources.team(site.resource.uuid)) == 1
    assert len(site.waldur.offerings.service_accounts(site.offering)) == 0


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("project_permissions", WIDE[0]),
        ("component-user-usage-limits", lambda site: site.waldur.usage_limits.list(site.offering)),
    ],
)
def test_an_older_server_does_not_know_the_listing(
    name: str, ask: Callable[[Site], object]
) -> None:
    with pytest.raises(NotFoundError) as missing:
        ask(site_of(small_world(lacks={name})))
    assert missing.value.unrouted
