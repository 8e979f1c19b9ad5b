"""Each operation asks for what it should, in the form that Mastermind expects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from waldur_site_agent.waldur.errors import ContractError, RefusedError
from waldur_site_agent.waldur.models.states import OfferingUserState, OrderState, ResourceState
from waldur_site_agent.waldur.wire import FreeForm, Label

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.waldur.gateway import Waldur

U = "f414a33b3775467d81a8d48c93957f1d"
OTHER = "e2ef0000000000000000000000000b01"
IDENTITIES = "/api/marketplace-site-agent-identities/"
USERS = "/api/marketplace-offering-users/"

# operation, method, path under /api/, body
TOLD: list[tuple[Callable[[Waldur], None], str, str, object]] = [
    (lambda w: w.orders.approve(U), "POST", f"marketplace-orders/{U}/approve_by_provider/", {}),
    (lambda w: w.orders.reject(U), "POST", f"marketplace-orders/{U}/reject_by_provider/", {}),
    (lambda w: w.orders.set_done(U), "POST", f"marketplace-orders/{U}/set_state_done/", {}),
    (
        lambda w: w.orders.set_erred(U, "no", "trace"),
        "POST",
        f"marketplace-orders/{U}/set_state_erred/",
        {"error_message": "no", "error_traceback": "trace"},
    ),
    (
        lambda w: w.orders.set_backend_id(U, "r1"),
        "POST",
        f"marketplace-orders/{U}/set_backend_id/",
        {"backend_id": "r1"},
    ),
    (
        lambda w: w.resources.set_backend_id(UUID(U), ""),
        "POST",
        f"marketplace-provider-resources/{U}/set_backend_id/",
        {"backend_id": ""},
    ),
    (
        lambda w: w.resources.set_limits(str(UUID(U)), FreeForm(cpu=1, mem=0.5)),
        "POST",
        f"marketplace-provider-resources/{U}/set_limits/",
        {"limits": {"cpu": 1, "mem": 0.5}},
    ),
    (
        lambda w: w.resources.set_backend_metadata(U, {"qos": Label("normal")}),
        "POST",
        f"marketplace-provider-resources/{U}/set_backend_metadata/",
        {"backend_metadata": {"qos": "normal"}},
    ),
    (
        lambda w: w.resources.set_endpoints(U, [{"name": "ssh", "url": "ssh://x"}]),
        "POST",
        f"marketplace-provider-resources/{U}/set_endpoints/",
        {"endpoints": [{"name": "ssh", "url": "ssh://x"}]},
    ),
    (
        lambda w: w.resources.set_as_ok(U),
        "POST",
        f"marketplace-provider-resources/{U}/set_as_ok/",
        {},
    ),
    (
        lambda w: w.resources.set_as_erred(U, "no"),
        "POST",
        f"marketplace-provider-resources/{U}/set_as_erred/",
        {"error_message": "no", "error_traceback": ""},
    ),
    (
        lambda w: w.resources.refresh_last_sync(U),
        "POST",
        f"marketplace-provider-resources/{U}/refresh_last_sync/",
        {},
    ),
    (
        lambda w: w.resources.set_membership_sync_statuses(U, [{"username": "u", "state": "ok"}]),
        "POST",
        f"marketplace-provider-resources/{U}/set_membership_sync_statuses/",
        {"statuses": [{"username": "u", "state": "ok"}]},
    ),
    (
        lambda w: w.offering_users.set_username(U, "jane"),
        "PATCH",
        f"marketplace-offering-users/{U}/",
        {"username": "jane"},
    ),
    (
        lambda w: w.offering_users.begin_creating(U),
        "POST",
        f"marketplace-offering-users/{U}/begin_creating/",
        {},
    ),
    (
        lambda w: w.offering_users.set_pending_account_linking(U, "link", "https://x"),
        "POST",
        f"marketplace-offering-users/{U}/set_pending_account_linking/",
        {"comment": "link", "comment_url": "https://x"},
    ),
    (
        lambda w: w.offering_users.set_pending_additional_validation(U, "prove", ""),
        "POST",
        f"marketplace-offering-users/{U}/set_pending_additional_validation/",
        {"comment": "prove"},
    ),
    (
        lambda w: w.offering_users.set_validation_complete(U),
        "POST",
        f"marketplace-offering-users/{U}/set_validation_complete/",
        {},
    ),
    (
        lambda w: w.offering_users.set_error_creating(U),
        "POST",
        f"marketplace-offering-users/{U}/set_error_creating/",
        {},
    ),
    *(
        (tell, "POST", f"marketplace-offering-users/{U}/{action}/", {})
        for tell, action in (
            (lambda w: w.offering_users.set_ok(U), "set_ok"),
            (lambda w: w.offering_users.request_deletion(U), "request_deletion"),
            (lambda w: w.offering_users.set_deleting(UUID(U)), "set_deleting"),
            (lambda w: w.offering_users.set_deleted(U), "set_deleted"),
            (lambda w: w.offering_users.set_error_deleting(U), "set_error_deleting"),
        )
    ),
    (
        lambda w: w.api_keys.report_created(U, client_id="c", api_key="k"),
        "POST",
        "marketplace-resource-api-keys/report_created/",
        {"resource": U, "client_id": "c", "api_key": "k"},
    ),
    (
        lambda w: w.api_keys.set_key(U, client_id="c", api_key="k"),
        "POST",
        f"marketplace-resource-api-keys/{U}/set_key/",
        {"client_id": "c", "api_key": "k"},
    ),
    (
        lambda w: w.api_keys.set_erred(U, "no"),
        "POST",
        f"marketplace-resource-api-keys/{U}/set_erred/",
        {"error_message": "no"},
    ),
    (
        lambda w: w.policies.report_command_result(
            U, resource_uuid=OTHER, success=False, error_message="no", commands_executed=("a b",)
        ),
        "POST",
        f"marketplace-slurm-periodic-usage-policies/{U}/report-command-result/",
        {
            "resource_uuid": OTHER,
            "success": False,
            "error_message": "no",
            "commands_executed": ["a b"],
        },
    ),
    (
        lambda w: w.imports.start_processing(U),
        "POST",
        f"backend-resource-requests/{U}/start_processing/",
        {},
    ),
    (lambda w: w.imports.set_done(U), "POST", f"backend-resource-requests/{U}/set_done/", {}),
    (
        lambda w: w.imports.set_erred(U, "no", "trace"),
        "POST",
        f"backend-resource-requests/{U}/set_erred/",
        {"error_message": "no", "error_traceback": "trace"},
    ),
    (
        lambda w: w.imports.tell(U, project_uuid=OTHER, backend_id="a", metadata={"limits": {}}),
        "POST",
        "backend-resources/",
        {
            "name": "a",
            "project": OTHER,
            "offering": U,
            "backend_id": "a",
            "backend_metadata": {"limits": {}},
        },
    ),
]


@pytest.mark.parametrize(
    ("tell", "method", "path", "body"), TOLD, ids=[path for _, _, path, _ in TOLD]
)
@pytest.mark.parametrize("answer", ["", '{"detail": "Order has been approved."}'])
def test_what_is_told(
    mastermind: Any,
    waldur: Waldur,
    *,
    tell: Callable[[Waldur], None],
    method: str,
    path: str,
    body: object,
    answer: str,
) -> None:
    mastermind.on(method, f"/api/{path}", mastermind.reply(text=answer))
    tell(waldur)
    (asked,) = mastermind.asked
    assert (asked.method, asked.path, asked.json) == (method, f"/api/{path}", body)
    assert asked.headers["content-type"] == "application/json"


def test_a_name_that_is_no_uuid_reaches_no_path(mastermind: Any, waldur: Waldur) -> None:
    with pytest.raises(ValueError, match=r"'\.\./users' is not a UUID"):
        waldur.orders.get("../users")
    assert mastermind.asked == []


def test_orders_are_listed_by_offering_and_state(mastermind: Any, waldur: Waldur) -> None:
    order = {"uuid": U, "offering_uuid": OTHER, "state": "pending-provider", "type": "Create"}
    mastermind.on("GET", "/api/marketplace-orders/", mastermind.page([order], count=1))
    states = [OrderState.PENDING_PROVIDER, OrderState.EXECUTING]
    (found,) = waldur.orders.list(UUID(OTHER), states=states)
    assert found.uuid == UUID(U)
    (asked,) = mastermind.asked
    assert asked.values("offering_uuid") == [OTHER]
    assert asked.values("state") == ["pending-provider", "executing"]
    assert "marketplace_resource_uuid" in asked.values("field")


def test_a_resource_and_an_order_are_read_by_their_fields(mastermind: Any, waldur: Waldur) -> None:
    row = {"uuid": U, "backend_id": "hpc_x", "limits": {"cpu": 1}}
    reply = mastermind.reply(row | {"last_sync": "2026-11-24T00:00:00Z"})
    mastermind.on("GET", f"/api/marketplace-provider-resources/{U}/", reply)
    mastermind.on("GET", f"/api/marketplace-orders/{U}/", reply)
    assert waldur.resources.get(U).backend_id == "hpc_x"
    assert waldur.resources.get(U).last_sync == datetime(2026, 11, 24, tzinfo=UTC)
    assert waldur.orders.get(UUID(U)).limits == {"cpu": 1}
    assert all("limits" in asked.values("field") for asked in mastermind.asked)


def test_resources_are_listed_by_project_and_age(mastermind: Any, waldur: Waldur) -> None:
    rows = [
        {"uuid": f"{number:032x}", "modified": f"2026-11-2{number}T00:00:00Z", "state": "OK"}
        for number in (1, 2, 3)
    ]
    path = "/api/marketplace-provider-resources/"
    mastermind.on("GET", path, mastermind.page(rows, count=3))
    found = waldur.resources.list(
        OTHER,
        states=[ResourceState.OK],
        project_uuid=UUID(U),
        modified_after=datetime(2026, 11, 22, tzinfo=UTC),
    )
    assert [resource.uuid.int for resource in found] == [2, 3]
    (asked,) = mastermind.asked
    assert asked.values("project_uuid") == [U]
    assert asked.values("modified") == ["2026-11-22T00:00:00+00:00"]


@pytest.mark.parametrize(("consent", "sent"), [(None, []), (True, ["true"]), (False, ["false"])])
def test_a_team_may_be_limited_to_those_who_consented(
    mastermind: Any, waldur: Waldur, consent: bool | None, sent: list[str]
) -> None:
    path = f"/api/marketplace-provider-resources/{U}/team/"
    member = {"uuid": OTHER, "username": "cuid", "role": "member", "offering_user_username": None}
    mastermind.on("GET", path, mastermind.page([member], count=1))
    (found,) = waldur.resources.team(U, has_consent=consent)
    assert (found.username, found.role, found.offering_user_username) == ("cuid", "member", "")
    assert mastermind.asked[0].values("has_consent") == sent


IMPERSONAL = {"uuid", "user_uuid", "username", "state", "is_restricted", "url"}
NAMES = {"user_full_name", "user_first_name", "user_last_name"}


@pytest.mark.parametrize(
    ("exposed", "personal"),
    [
        ((), set()),
        (("email",), {"user_email"}),
        (("username", "full_name"), {"user_username"} | NAMES),
        (("registration_method", "shoe_size"), {"user_registration_method"}),
    ],
)
def test_only_exposed_personal_fields_are_asked_for(
    mastermind: Any, waldur: Waldur, exposed: tuple[str, ...], personal: set[str]
) -> None:
    mastermind.on("GET", USERS, mastermind.page([], count=0))
    waldur.offering_users.list(OTHER, exposed_fields=exposed)
    asked = set(mastermind.asked[0].values("field"))
    assert asked >= IMPERSONAL
    assert {name for name in asked if name.startswith("user_")} == personal | {"user_uuid"}


def test_offering_users_are_filtered_and_filtered_again(mastermind: Any, waldur: Waldur) -> None:
    row: dict[str, object] = {
        "uuid": U,
        "state": "OK",
        "offering_uuid": OTHER,
        "user_uuid": U,
        "is_restricted": False,
    }
    strays: list[dict[str, object]] = [
        {"is_restricted": True},
        {"state": "Deleted"},
        {"user_uuid": OTHER},
        {"offering_uuid": U},
        {"has_consent": False},
    ]
    rows = [row, *(row | stray | {"uuid": f"{n:032x}"} for n, stray in enumerate(strays))]
    mastermind.on("GET", USERS, mastermind.page(rows, count=len(rows)))
    states = [OfferingUserState.OK, OfferingUserState.ERROR_CREATING]
    found = waldur.offering_users.list(
        OTHER,
        states=states,
        user_uuid=U,
        is_restricted=False,
        has_consent=True,
        exposed_fields=(),
    )
    assert [user.uuid.hex for user in found] == [U]
    (asked,) = mastermind.asked
    assert asked.values("state") == ["OK", "Error creating"]
    assert asked.values("is_restricted") == ["false"]
    assert asked.values("has_consent") == ["true"]


def test_offering_users_in_brief_come_without_profiles(mastermind: Any, waldur: Waldur) -> None:
    row = {"uuid": U, "user_uuid": OTHER, "username": "jane", "offering_uuid": OTHER, "state": "OK"}
    strays = [{"uuid": f"{1:032x}", "offering_uuid": U}, {"uuid": f"{2:032x}", "state": "Deleted"}]
    rows = [row, *(row | stray for stray in strays)]
    mastermind.on("GET", USERS, mastermind.page(rows, count=3))
    (user,) = waldur.offering_users.list_brief(OTHER, states=[OfferingUserState.OK])
    assert (user.uuid.hex, user.user_uuid, user.username) == (U, UUID(OTHER), "jane")
    (asked,) = mastermind.asked
    assert set(asked.values("field")) <= IMPERSONAL | {"offering_uuid"}
    assert asked.values("state") == ["OK"]


def test_an_offering(mastermind: Any, waldur: Waldur) -> None:
    path = f"/api/marketplace-provider-offerings/{U}/"
    details = {
        "customer_uuid": OTHER,
        "plugin_options": {"service_provider_can_create_offering_user": True},
        "components": [{"type": "gres/gpu", "billing_type": "limit", "limit_amount": None}],
        "partitions": [{"partition_name": "gpu", "max_time": 5}],
    }
    mastermind.on("GET", path, mastermind.reply(details))
    offering = waldur.offerings.get(U)
    assert offering.customer_uuid == UUID(OTHER)
    assert [component.type for component in offering.components] == ["gres/gpu"]
    assert [partition.name for partition in offering.partitions] == ["gpu"]
    assert offering.plugin_options["service_provider_can_create_offering_user"] is True


def test_what_surrounds_an_offering(mastermind: Any, waldur: Waldur) -> None:
    path = f"/api/marketplace-provider-offerings/{U}/"
    account = {"uuid": U, "username": "svc", "state": "OK", "project_uuid": OTHER, "token": "x"}
    mastermind.on("POST", f"{path}check_unique_backend_id/", mastermind.reply({"is_unique": False}))
    exposed = mastermind.reply({"exposed_fields": ["email"], "is_default": True})
    mastermind.on("GET", f"{path}user-attribute-config/", exposed)
    for listing in ("list_project_service_accounts/", "list_course_accounts/"):
        mastermind.on("GET", path + listing, mastermind.page([account], count=1))
    assert waldur.offerings.is_backend_id_unique(U, "hpc_x", check_all_offerings=True) is False
    assert mastermind.asked[0].json == {
        "backend_id": "hpc_x",
        "check_all_offerings": True,
        "use_offering_rules": False,
    }
    assert waldur.offerings.attribute_config(U).exposed_fields == ("email",)
    for accounts in (waldur.offerings.service_accounts(U), waldur.offerings.course_accounts(U)):
        assert [(a.username, a.project_uuid) for a in accounts] == [("svc", UUID(OTHER))]


def test_a_provider_is_found_by_its_organisation(mastermind: Any, waldur: Waldur) -> None:
    path = "/api/marketplace-service-providers/"
    rows = [{"uuid": OTHER, "customer_uuid": OTHER}, {"uuid": U, "customer_uuid": U}]
    mastermind.on("GET", path, mastermind.page(rows, count=2), mastermind.page([], count=0))
    assert waldur.providers.uuid_of_customer(U) == UUID(U)
    assert waldur.providers.uuid_of_customer(U) is None


def test_keys_and_projects_of_a_provider(mastermind: Any, waldur: Waldur) -> None:
    path = f"/api/marketplace-service-providers/{U}/"
    key = {"uuid": OTHER, "user_uuid": U, "public_key": "ssh-ed25519 AAAA", "name": "laptop"}
    mastermind.on("GET", f"{path}keys/", mastermind.page([key], count=1))
    mastermind.on("GET", f"{path}projects/", mastermind.page([{"uuid": OTHER}], count=1))
    assert [key.public_key for key in waldur.providers.ssh_keys(U)] == ["ssh-ed25519 AAAA"]
    assert [project.uuid.hex for project in waldur.providers.projects(U, OTHER)] == [OTHER]
    assert mastermind.asked[1].values("query") == [OTHER]


def test_the_people_and_accounts_of_a_provider(mastermind: Any, waldur: Waldur) -> None:
    path = f"/api/marketplace-service-providers/{U}/"
    role = {
        "project_uuid": OTHER,
        "user_uuid": U,
        "role_name": "PROJECT.ADMIN",
        "expiration_time": "2026-12-01T00:00:00Z",
        "user_email": "jane@example.org",
    }
    account = {"uuid": U, "username": "svc", "state": "Pending", "project_uuid": OTHER}
    twice = [role, role | {"role_name": "PROJECT.MEMBER", "expiration_time": None}]
    mastermind.on("GET", f"{path}project_permissions/", mastermind.page(twice, count=2))
    for listing in ("project_service_accounts/", "course_accounts/"):
        mastermind.on("GET", path + listing, mastermind.page([account], count=1))
    admin, member = waldur.providers.project_permissions(U)
    assert (admin.project_uuid, admin.user_uuid) == (UUID(OTHER), UUID(U))
    assert admin.expiration_time == datetime(2026, 12, 1, tzinfo=UTC)
    assert (member.role_name, member.expiration_time) == ("PROJECT.MEMBER", None)
    assert "user_email" not in mastermind.asked[0].values("field")
    for accounts in (waldur.providers.service_accounts(U), waldur.providers.course_accounts(U)):
        assert [(one.username, one.state) for one in accounts] == [("svc", "Pending")]


@pytest.mark.parametrize("status", [403, 404])
def test_a_token_of_one_offering_is_refused_by_its_provider(
    mastermind: Any, waldur: Waldur, status: int
) -> None:
    path = f"/api/marketplace-service-providers/{U}/project_permissions/"
    mastermind.on("GET", path, mastermind.reply({"detail": "No."}, status=status))
    with pytest.raises(RefusedError) as caught:
        waldur.providers.project_permissions(U)
    assert caught.value.status == status


LIMITS = "/api/component-user-usage-limits/"


def usage_limit(resource: str, **more: object) -> dict[str, object]:
    """A row as servers write it: objects by their addresses, amounts as text."""
    return {
        "uuid": U,
        "resource": f"https://waldur.example.org/api/marketplace-resources/{resource}/",
        "user": f"https://waldur.example.org/api/marketplace-offering-users/{OTHER}/",
        "component": OTHER,
        "component_type": "gres/gpu",
        "limit": "12.50",
    } | more


def test_limits_of_persons_at_an_offering(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", LIMITS, mastermind.page([usage_limit(U)], count=1))
    (limit,) = waldur.usage_limits.list(UUID(OTHER))
    assert (limit.resource_uuid, limit.user_uuid) == (UUID(U), UUID(OTHER))
    assert (limit.component_type, limit.limit) == ("gres/gpu", 12.5)
    assert mastermind.asked[0].values("offering_uuid") == [OTHER]


def test_limits_of_persons_on_a_resource(mastermind: Any, waldur: Waldur) -> None:
    """A server that does not know the filter tells those of others."""
    rows = [usage_limit(U, user="jane"), usage_limit(OTHER, uuid=OTHER)]
    mastermind.on("GET", LIMITS, mastermind.page(rows, count=2))
    (limit,) = waldur.usage_limits.list_of_resource(U)
    assert (limit.resource_uuid, limit.user_uuid, limit.user) == (UUID(U), None, "jane")
    assert mastermind.asked[0].values("resource_uuid") == [U]


def test_a_limit_without_its_amount_is_no_answer(mastermind: Any, waldur: Waldur) -> None:
    mastermind.on("GET", LIMITS, mastermind.page([usage_limit(U, limit=None)], count=1))
    with pytest.raises(ContractError, match="limit"):
        waldur.usage_limits.list(OTHER)


def test_a_plan(mastermind: Any, waldur: Waldur) -> None:
    plan = {"uuid": U, "name": "Bench", "quotas": {"cpu": 0}, "plan_type": None}
    mastermind.on("GET", f"/api/marketplace-plans/{U}/", mastermind.reply(plan))
    assert waldur.plans.get(UUID(U)).quotas == {"cpu": 0}


def test_api_keys_of_other_resources_are_left_out(mastermind: Any, waldur: Waldur) -> None:
    rows = [
        {"uuid": U, "client_id": "a", "resource_uuid": U},
        {"uuid": OTHER, "client_id": "b", "resource_uuid": OTHER},
    ]
    path = "/api/marketplace-resource-api-keys/"
    mastermind.on("GET", path, mastermind.page(rows, count=2))
    assert [key.client_id for key in waldur.api_keys.list(U)] == ["a"]


def test_the_token_of_the_current_user_is_not_read(mastermind: Any, waldur: Waldur) -> None:
    role = {"role_name": "OFFERING.MANAGER", "scope_type": "offering", "scope_uuid": OTHER}
    user = {"uuid": U, "username": "agent", "token": "e2e-token", "permissions": [role]}
    mastermind.on("GET", "/api/users/me/", mastermind.reply(user))
    found = waldur.server.current_user()
    assert found.permissions[0].role_name == "OFFERING.MANAGER"
    assert "e2e-token" not in repr(found)
    assert "token" not in mastermind.asked[0].values("field")


IDENTITY: dict[str, object] = {
    "uuid": U,
    "name": "agent-x",
    "offering": OTHER,
    "version": "1",
    "services": [],
}


@pytest.mark.parametrize(
    ("known", "method", "path"),
    [
        ([], "POST", IDENTITIES),
        ([IDENTITY], "PUT", f"{IDENTITIES}{U}/"),
        ([IDENTITY | {"name": "agent-xyz"}], "POST", IDENTITIES),
        ([IDENTITY | {"offering": U}], "POST", IDENTITIES),
    ],
)
def test_an_identity_is_renewed_or_made(
    mastermind: Any, waldur: Waldur, known: list[object], method: str, path: str
) -> None:
    mastermind.on("GET", IDENTITIES, mastermind.page(known, count=len(known)))
    mastermind.on(method, path, mastermind.reply(IDENTITY, status=201))
    identity = waldur.agents.register_identity(
        offering_uuid=OTHER,
        name="agent-x",
        version="2.0.0",
        dependencies={"waldur-site-agent-slurm": "2.0.0"},
        last_restarted=datetime(2026, 11, 24, tzinfo=UTC),
    )
    assert identity.uuid == UUID(U)
    lookup, written = mastermind.asked
    assert lookup.values("name") == ["agent-x"]
    assert written.json == {
        "offering": OTHER,
        "name": "agent-x",
        "version": "2.0.0",
        "dependencies": [{"package": "waldur-site-agent-slurm", "version": "2.0.0"}],
        "config_file_path": "",
        "config_file_content": "",
        "last_restarted": "2026-11-24T00:00:00Z",
    }


def test_services_and_processors(mastermind: Any, waldur: Waldur) -> None:
    service = {"uuid": OTHER, "name": "order_process", "state": "Active", "processors": []}
    mastermind.on("POST", f"{IDENTITIES}{U}/register_service/", mastermind.reply(service))
    path = f"/api/marketplace-site-agent-services/{OTHER}/register_processor/"
    mastermind.on("POST", path, mastermind.reply({"uuid": U, "backend_version": None}, status=201))
    made = waldur.agents.register_service(U, name="order_process", mode="order_process")
    processor = waldur.agents.register_processor(
        made.uuid, name="OfferingOrderProcessor", backend_type="x.Y", backend_version="2"
    )
    assert (made.state, processor.backend_version) == ("Active", "")
    assert [asked.json for asked in mastermind.asked] == [
        {"name": "order_process", "mode": "order_process"},
        {"name": "OfferingOrderProcessor", "backend_type": "x.Y", "backend_version": "2"},
    ]
