"""What the provider reads of resources and offerings, and writes about them."""

from datetime import date

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import Resource

RESOURCE_KEYS = {
    "uuid",
    "name",
    "slug",
    "state",
    "backend_id",
    "effective_id",
    "backend_metadata",
    "offering_uuid",
    "offering_backend_id",
    "offering_plugin_options",
    "plan_uuid",
    "limits",
    "current_usages",
    "limit_usage",
    "attributes",
    "project_uuid",
    "project_name",
    "project_slug",
    "project_description",
    "customer_uuid",
    "customer_name",
    "customer_slug",
    "downscaled",
    "paused",
    "restrict_member_access",
    "end_date",
    "project_end_date",
    "end_date_updated_at",
    "username",
    "endpoints",
    "options",
    "report",
    "error_message",
}


@pytest.fixture
def resource(small: SmallWorld) -> Resource:
    return small.world.add_resource(small.project, small.offering, "work", backend_id="hpc_work")


def post(api: httpx2.Client, resource: Resource, action: str, body: Object) -> httpx2.Response:
    return api.post(f"marketplace-provider-resources/{resource.uuid}/{action}/", json=body)


def test_the_shape(api: httpx2.Client, resource: Resource) -> None:
    row = api.get(f"marketplace-provider-resources/{resource.uuid}/").json()

    assert row.keys() >= RESOURCE_KEYS
    assert (row["slug"], row["project_slug"]) == ("work-1", "example-1")


@pytest.mark.parametrize(
    ("action", "body", "told"),
    [
        (
            "set_backend_id",
            {"backend_id": "new"},
            {"status": "Resource backend_id has been changed."},
        ),
        ("set_limits", {"limits": {"cpu": 4}}, {"status": "limits are updated"}),
        (
            "set_backend_metadata",
            {"backend_metadata": {"qos": "normal"}},
            {"status": "The backend metadata is updated"},
        ),
        (
            "set_endpoints",
            {"endpoints": [{"name": "ssh", "url": "ssh://login"}]},
            {"status": "The endpoints are updated"},
        ),
    ],
)
def test_what_is_written_is_read(
    api: httpx2.Client, resource: Resource, action: str, body: Object, told: Object
) -> None:
    answer = post(api, resource, action, body)

    row = api.get(f"marketplace-provider-resources/{resource.uuid}/").json()
    assert (answer.status_code, answer.json()) == (200, told)
    assert {key: row[key] for key in body} == body


@pytest.mark.parametrize(
    ("action", "body", "complaint"),
    [
        ("set_limits", {}, {"limits": ["This field is required."]}),
        ("set_limits", {"limits": {"cpu": "4"}}, {"limits": ["A valid integer is required."]}),
        ("set_backend_id", {"backend_id": 4}, {"backend_id": ["Not a valid string."]}),
        (
            "set_backend_metadata",
            {"backend_metadata": "qos"},
            {"backend_metadata": ['Expected a dictionary of items but got type "str".']},
        ),
        ("set_endpoints", {"endpoints": [{"name": "a"}]}, {"url": ["This field is required."]}),
    ],
)
def test_bad_bodies(
    api: httpx2.Client, resource: Resource, action: str, body: Object, complaint: Object
) -> None:
    answer = post(api, resource, action, body)

    assert (answer.status_code, answer.json()) == (400, complaint)


@pytest.mark.parametrize(
    ("backend_id", "everywhere", "unique"),
    [
        ("fresh", False, True),
        ("hpc_work", False, False),
        ("renamed", False, False),
        ("neighbour", False, True),
        ("neighbour", True, False),
        ("stranger", True, True),
    ],
)
def test_an_id_is_unique_if_nobody_ever_had_it(  # noqa: PLR0917 - the row, and the fixtures
    small: SmallWorld,
    api: httpx2.Client,
    resource: Resource,
    backend_id: str,
    everywhere: bool,
    unique: bool,
) -> None:
    world = small.world
    neighbour = world.add_offering(small.customer, "Neighbour")
    world.add_resource(small.project, neighbour, "n", backend_id="neighbour")
    stranger = world.add_offering(world.add_customer("Stranger"), "Strange")
    world.add_resource(small.project, stranger, "s", backend_id="stranger")
    world.set_backend_id(resource, "renamed")
    terminated = world.order_terminate(resource)
    world.move_order(terminated, "approve_by_provider")
    world.move_order(terminated, "set_state_done")

    answer = api.post(
        f"marketplace-provider-offerings/{small.offering.uuid}/check_unique_backend_id/",
        json={"backend_id": backend_id, "check_all_offerings": everywhere},
    )

    assert answer.json() == {"is_unique": unique}


def test_refreshing_is_no_change(api: httpx2.Client, resource: Resource) -> None:
    before = resource.modified

    assert post(api, resource, "refresh_last_sync", {}).json() == {"status": "ok"}
    assert resource.last_sync is not None
    assert resource.modified == before


def test_member_statuses(small: SmallWorld, api: httpx2.Client, resource: Resource) -> None:
    entry: Object = {"scope_type": "resource", "role_name": "PROJECT.MEMBER", "state": "synced"}
    body: Object = {"statuses": [{**entry, "username": "ada"}, {**entry, "username": "nobody"}]}

    assert post(api, resource, "set_membership_sync_statuses", body).status_code == 409
    small.offering.plugin_options["enable_membership_sync_status"] = True
    answer = post(api, resource, "set_membership_sync_statuses", body)

    assert answer.json() == {"stored": 1, "skipped": ["nobody"]}
    assert [s.username for s in resource.member_statuses] == ["ada"]


@pytest.mark.parametrize(("key", "value"), [("state", "fine"), ("scope_type", "project")])
def test_member_statuses_are_of_known_kinds(
    small: SmallWorld, api: httpx2.Client, resource: Resource, key: str, value: str
) -> None:
    small.world.set_option(small.offering, "enable_membership_sync_status", value=True)
    entry: Object = {"scope_type": "resource", "role_name": "PROJECT.MEMBER", "state": "synced"}

    answer = post(
        api, resource, "set_membership_sync_statuses", {"statuses": [{**entry, key: value}]}
    )

    assert (answer.status_code, answer.json()) == (
        400,
        {key: [f'"{value}" is not a valid choice.']},
    )


def test_a_resource_moves_with_its_new_team(
    small: SmallWorld, api: httpx2.Client, resource: Resource
) -> None:
    world = small.world
    other = world.add_project(world.add_customer("Other"), "Other", slug="other")
    eve = world.add_user("eve")
    world.grant(eve, other)

    world.move_resource(resource, other)

    row = api.get(f"marketplace-provider-resources/{resource.uuid}/").json()
    assert (row["project_slug"], row["customer_name"]) == ("other", "Other")
    assert world.offering_user(eve, small.offering) is not None
    assert world.offering_user(small.member, small.offering) is not None
    frank = world.add_user("frank")
    world.grant(frank, small.project)
    assert world.offering_user(frank, small.offering) is None


def test_what_befalls_a_resource(small: SmallWorld, api: httpx2.Client, resource: Resource) -> None:
    world = small.world
    world.fail_resource(resource, "the disk is full")
    world.set_effective_id(resource, "far-1")
    world.set_project_end_date(small.project, date(2027, 1, 31))
    world.move_project(small.project, world.add_customer("Other"))

    row = api.get(f"marketplace-provider-resources/{resource.uuid}/").json()

    assert (row["state"], row["error_message"]) == ("Erred", "the disk is full")
    assert (row["effective_id"], row["project_end_date"]) == ("far-1", "2027-01-31")
    assert row["customer_name"] == "Other"


def test_accounts_of_the_offerings_projects(
    small: SmallWorld, api: httpx2.Client, resource: Resource
) -> None:
    world = small.world
    elsewhere = world.add_project(small.customer, "Elsewhere")
    world.add_service_account(small.project, "robot")
    world.add_service_account(elsewhere, "stray")
    world.close_account(world.add_course_account(small.project, small.member))
    path = f"marketplace-provider-offerings/{resource.offering.uuid}"

    robots = api.get(f"{path}/list_project_service_accounts/").json()
    course = api.get(f"{path}/list_course_accounts/").json()

    assert [(r["username"], r["state"]) for r in robots] == [("robot", "OK")]
    assert [(c["username"], c["state"]) for c in course] == [("ada", "Closed")]
    assert robots[0]["project_uuid"] == small.project.uuid


@pytest.mark.usefixtures("resource")
def test_the_provider(small: SmallWorld, api: httpx2.Client) -> None:
    small.world.add_ssh_key(small.member, "ssh-ed25519 AAAA", name="laptop")
    query = {"customer_uuid": small.customer.uuid, "field": "uuid"}

    (provider,) = api.get("marketplace-service-providers/", params=query).json()
    keys = api.get(f"marketplace-service-providers/{provider['uuid']}/keys/").json()
    projects = f"marketplace-service-providers/{provider['uuid']}/projects/"

    assert "customer_name" in provider
    assert [(k["user_uuid"], k["type"]) for k in keys] == [(small.member.uuid, "ssh-ed25519")]
    found = api.get(projects, params={"query": small.project.uuid, "field": "name"}).json()
    assert found == [{"name": "Example project"}]
    assert api.get(projects, params={"query": "nothing"}).json() == []


def test_a_plan(small: SmallWorld, api: httpx2.Client) -> None:
    plan = small.world.add_plan(small.offering, "Large", quotas={"cpu": 100})

    row = api.get(f"marketplace-plans/{plan.uuid}/").json()

    assert row["quotas"] == {"cpu": 100, "mem": 0, "gres/gpu": 0}
    assert row["unit_price"] == "0.0000000000"


def test_api_keys(small: SmallWorld, api: httpx2.Client, resource: Resource) -> None:
    body = {"resource": resource.uuid, "client_id": "one", "api_key": "secret"}

    answer = api.post("marketplace-resource-api-keys/report_created/", json=body)
    again = {**body, "api_key": "newer"}
    api.post("marketplace-resource-api-keys/report_created/", json=again)
    listed = api.get("marketplace-resource-api-keys/", params={"resource_uuid": resource.uuid})

    assert answer.status_code == 201
    assert [(k["client_id"], k["state"]) for k in listed.json()] == [("one", "OK")]
    assert "secret" not in listed.text
    assert [k.api_key for k in small.world.state.api_keys.values()] == ["newer"]


def test_an_agent_registers(small: SmallWorld, api: httpx2.Client) -> None:
    identities = "marketplace-site-agent-identities/"
    me = {"offering": small.offering.uuid, "name": "agent-1", "version": "2.0.0"}

    created = api.post(identities, json=me)
    twice = api.post(identities, json=me)
    uuid = created.json()["uuid"]
    updated = api.put(f"{identities}{uuid}/", json={**me, "version": "2.0.1"})
    service = {"name": "order_process", "mode": "order_process"}
    first = api.post(f"{identities}{uuid}/register_service/", json=service)
    second = api.post(f"{identities}{uuid}/register_service/", json=service)
    path = f"marketplace-site-agent-services/{first.json()['uuid']}/register_processor/"
    processor = {"name": "OfferingOrderProcessor", "backend_type": "b", "backend_version": "2"}
    runs = [api.post(path, json=processor).status_code for _ in range(2)]

    assert [a.status_code for a in (created, twice, updated)] == [201, 400, 200]
    assert [first.status_code, second.status_code, *runs] == [201, 200, 201, 200]
    (listed,) = api.get(identities, params={"name": "agent-1"}).json()
    assert (listed["version"], [s["state"] for s in listed["services"]]) == ("2.0.1", ["Active"])
    assert small.world.violations == []


LINE = {"timestamp": "2026-11-24T12:00:00Z", "level": "ERROR", "message": "m", "module": "x"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 201),
        ({"level": "error"}, 400),
        ({"message": ""}, 400),
        ({"timestamp": "yesterday"}, 400),
        ({"agent_identity_uuid": "0" * 32}, 400),
    ],
)
def test_an_agent_sends_lines_of_its_log(
    small: SmallWorld, api: httpx2.Client, changes: dict[str, str], status: int
) -> None:
    identity = {"offering": small.offering.uuid, "name": "agent-1"}
    uuid = api.post("marketplace-site-agent-identities/", json=identity).json()["uuid"]
    line = {"agent_identity_uuid": uuid, **LINE}

    answer = api.post("marketplace-site-agent-logs/", json=[line, line | changes])

    assert answer.status_code == status
    kept = small.world.state.identities[uuid].log
    assert [one.message for one in kept] == (["m", "m"] if status == 201 else [])


@pytest.mark.parametrize(
    ("body", "status"), [([], 201), ({}, 400), ([1], 400), ([{"message": "m"}], 400)]
)
def test_lines_come_as_a_list_of_objects(api: httpx2.Client, body: object, status: int) -> None:
    assert api.post("marketplace-site-agent-logs/", json=body).status_code == status


def test_a_service_falls_idle_and_wakes(small: SmallWorld, api: httpx2.Client) -> None:
    identities = "marketplace-site-agent-identities/"
    me = {"offering": small.offering.uuid, "name": "agent-1"}
    path = f"{identities}{api.post(identities, json=me).json()['uuid']}/register_service/"
    api.post(path, json={"name": "report"})
    (service,) = small.world.state.services.values()

    small.world.beat()
    assert service.state == "Active"
    small.world.clock.advance(seconds=601)
    small.world.beat()
    assert service.state == "Idle"
    api.post(path, json={"name": "report"})
    assert service.state == "Active"
