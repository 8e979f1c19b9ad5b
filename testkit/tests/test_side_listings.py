"""Listings beside the resources': limits of users, roles of a provider, accounts of projects."""

from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world
from waldur_site_agent_testkit.mastermind.state import AccountState, Role

LIMITS = "component-user-usage-limits/"
WIDE = ("project_permissions", "project_service_accounts", "course_accounts")


def provider_of(small: SmallWorld) -> str:
    return f"marketplace-service-providers/{small.world.provider_of(small.customer).uuid}"


def test_a_limit_of_a_user(small: SmallWorld, api: httpx2.Client) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work")
    account = small.world.set_username(small.member, small.offering, "ada01")
    limit = small.world.limit_user(account, resource, "gres/gpu", 1.5)

    (row,) = api.get(LIMITS).json()

    assert row == {
        "url": f"http://mastermind.test/api/component-user-usage-limits/{limit.uuid}/",
        "uuid": limit.uuid,
        "resource": f"http://mastermind.test/api/marketplace-resources/{resource.uuid}/",
        "component": limit.component.uuid,
        "component_type": "gres/gpu",
        "user": f"http://mastermind.test/api/marketplace-offering-users/{account.uuid}/",
        "limit": "1.50",
    }


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("", ["1.00", "2.00", "4.00"]),
        ("?resource_uuid={first}", ["1.00", "2.00"]),
        ("?offering_uuid={offering}", ["1.00", "2.00", "4.00"]),
        ("?offering_uuid={first}", []),
        ("?component_type=mem", ["2.00"]),
        ("?username=ada01", ["1.00", "2.00", "4.00"]),
        ("?username=eve", []),
    ],
)
def test_limits_are_filtered(
    small: SmallWorld, api: httpx2.Client, query: str, amounts: list[str]
) -> None:
    world = small.world
    first, second = (world.add_resource(small.project, small.offering, n) for n in ("a", "b"))
    account = world.set_username(small.member, small.offering, "ada01")
    for resource, component, amount in ((first, "cpu", 1), (first, "mem", 2), (second, "cpu", 3)):
        world.limit_user(account, resource, component, amount)
    world.limit_user(account, second, "cpu", 4)

    rows = api.get(LIMITS + query.format(first=first.uuid, offering=small.offering.uuid)).json()

    assert [row["limit"] for row in rows] == amounts
    assert world.violations == []


def test_a_limit_goes_by_itself_or_with_its_account(small: SmallWorld, api: httpx2.Client) -> None:
    world = small.world
    resource = world.add_resource(small.project, small.offering, "work")
    account = world.set_username(small.member, small.offering, "ada01")
    world.limit_user(account, resource, "cpu", 1)
    world.limit_user(account, resource, "mem", 1)

    world.free_user(account, resource, "cpu")
    assert [row["component_type"] for row in api.get(LIMITS).json()] == ["mem"]
    world.forget_account(account)
    assert api.get(LIMITS).json() == []
    assert world.offering_user(small.member, small.offering) is None


def test_no_limit_for_what_the_offering_has_not(small: SmallWorld) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work")
    account = small.world.set_username(small.member, small.offering, "ada01")

    with pytest.raises(LookupError, match="tape"):
        small.world.limit_user(account, resource, "tape", 1)


def test_the_limits_of_other_providers_are_out_of_sight(
    small: SmallWorld, client_of: Callable[[str], httpx2.Client]
) -> None:
    resource = small.world.add_resource(small.project, small.offering, "work")
    account = small.world.set_username(small.member, small.offering, "ada01")
    small.world.limit_user(account, resource, "cpu", 1)
    stranger = client_of(f"Token {small.world.add_user('stranger').token}")

    assert stranger.get(LIMITS).json() == []


def test_roles_in_the_projects_of_a_provider(small: SmallWorld, api: httpx2.Client) -> None:
    world = small.world
    world.add_resource(small.project, small.offering, "work")
    world.grant(world.add_user("eve"), world.add_project(small.customer, "Without resources"))
    world.grant(small.member, small.project, Role.PROJECT_ADMIN)
    late = world.add_user("late")
    world.grant(late, small.project, expires=world.clock.now() + timedelta(hours=1))
    path = f"{provider_of(small)}/project_permissions/"

    rows = api.get(path).json()

    assert [(row["user_uuid"], row["role_name"]) for row in rows] == [
        (small.member.uuid, "PROJECT.MEMBER"),
        (small.member.uuid, "PROJECT.ADMIN"),
        (late.uuid, "PROJECT.MEMBER"),
    ]
    assert {row["project_uuid"] for row in rows} == {small.project.uuid}
    assert "uuid" not in rows[0]
    world.clock.advance(seconds=3601)
    assert [row["user_uuid"] for row in api.get(path).json()] == [small.member.uuid] * 2


def test_roles_are_chosen(small: SmallWorld, api: httpx2.Client) -> None:
    world = small.world
    other = world.add_project(small.customer, "Other")
    for project in (small.project, other):
        world.add_resource(project, small.offering, project.name)
    world.grant(small.agent, other, Role.PROJECT_ADMIN)
    path = f"{provider_of(small)}/project_permissions/"

    def users(query: str) -> list[str]:
        return [row["user_uuid"] for row in api.get(f"{path}?field=user_uuid&{query}").json()]

    assert users(f"scope_uuid={other.uuid}") == [small.agent.uuid]
    assert users(f"user={small.member.uuid}") == [small.member.uuid]
    assert users("role_name=PROJECT.ADMIN") == [small.agent.uuid]
    assert world.violations == []


def test_accounts_of_the_projects_of_a_provider(small: SmallWorld, api: httpx2.Client) -> None:
    world = small.world
    world.add_resource(small.project, small.offering, "work")
    elsewhere = world.add_project(small.customer, "Elsewhere")
    world.add_service_account(small.project, "robot")
    world.close_account(world.add_service_account(small.project, "old"))
    world.add_service_account(elsewhere, "stray")
    world.add_course_account(small.project, small.member, state=AccountState.PENDING)

    def names(query: str) -> list[str]:
        return [row["username"] for row in api.get(f"{provider_of(small)}/{query}").json()]

    assert names("project_service_accounts/") == ["robot", "old"]
    assert names("project_service_accounts/?state=Closed") == ["old"]
    assert names(f"project_service_accounts/?project_uuid={elsewhere.uuid}") == []
    assert names("course_accounts/?state=Pending") == ["ada"]
    assert world.violations == []


@pytest.mark.parametrize("listing", WIDE)
@pytest.mark.parametrize(
    ("role", "status"), [(Role.OFFERING_MANAGER, 403), (Role.CUSTOMER_OWNER, 200), (None, 404)]
)
def test_what_a_provider_has_is_for_its_owner(
    small: SmallWorld,
    client_of: Callable[[str], httpx2.Client],
    listing: str,
    role: Role | None,
    status: int,
) -> None:
    user = small.world.add_user("somebody")
    if role is not None:
        scope = small.offering if role is Role.OFFERING_MANAGER else small.customer
        small.world.grant(user, scope, role)

    answer = client_of(f"Token {user.token}").get(f"{provider_of(small)}/{listing}/")

    assert answer.status_code == status


@pytest.mark.parametrize("listing", [*WIDE, "component-user-usage-limits", "offering-users"])
def test_any_listing_may_be_refused(listing: str) -> None:
    small = small_world(refuses={listing})
    headers = {"authorization": f"Token {small.token}"}
    path = f"{provider_of(small)}/{listing}/"
    if listing not in WIDE:
        path = LIMITS if listing.startswith("component") else "marketplace-offering-users/"

    with httpx2.Client(
        transport=transport(small.world), base_url="http://m/api/", headers=headers
    ) as client:
        refused, other = client.get(path), client.get("marketplace-provider-resources/")

    assert (refused.status_code, other.status_code) == (403, 200)
    assert refused.json() == {"detail": "You do not have permission to perform this action."}


def test_nothing_is_refused_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="project_permisions"):
        small_world(refuses={"project_permisions"})
