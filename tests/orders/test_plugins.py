"""What a plugin may do wrong, and what becomes of the order: never a pass that stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.orders.work import Ending
from waldur_site_agent_testkit.backends.memory import MemoryAccount, MemoryBackend
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = {"cpu": 10, "mem": 20}
REQUEST = httpx2.Request("POST", "https://backend.example.org/accounts")


def answering(hook: str, answer: Callable[..., object], **attributes: object) -> type:
    """A plugin that is sound but for one hook."""
    hooks = {hook: lambda *_args, **_kwargs: answer(), **attributes}
    return type("Odd", (MemoryBackend,), hooks)


def raising(hook: str, error: Exception, **attributes: object) -> type:
    def fail() -> object:
        raise error

    return answering(hook, fail, **attributes)


def of_status(status: int) -> httpx2.HTTPStatusError:
    response = httpx2.Response(status, request=REQUEST)
    return httpx2.HTTPStatusError(f"status {status}", request=REQUEST, response=response)


def endings(report: object) -> list[str]:
    return [str(outcome.ending) for outcome in report.outcomes]


@pytest.mark.parametrize(
    ("hook", "state"),
    [
        ("evaluate_pending_order", "pending-provider"),
        ("pull_resources", "pending-provider"),
        ("_get_resource_backend_id", "pending-provider"),
        ("_pre_create_resource", "erred"),
        ("create_resource_with_id", "erred"),
        ("_on_backend_resource_created", "erred"),
        ("_setup_resource_limits", "erred"),
        ("post_create_resource", "erred"),
        ("add_users_to_resource", "done"),
    ],
)
def test_a_defect_in_a_hook_of_creating(setting: object, hook: str, state: str) -> None:
    setting.backend_class = raising(hook, KeyError("flavor"))
    orders = [
        setting.world.order_create(setting.project, setting.offering, name, limits=LIMITS)
        for name in "ABC"
    ]
    report = setting.run()
    assert [order.state for order in orders] == [state] * 3
    assert len(report.outcomes) == 3


@pytest.mark.parametrize(
    ("hook", "order", "state"),
    [
        ("set_resource_limits", "update", "erred"),
        ("has_prepaid_components", "update", "pending-provider"),
        ("delete_resource", "terminate", "erred"),
        ("_pre_delete_resource", "terminate", "erred"),
        ("adopt_resource", "restore", "erred"),
    ],
)
def test_a_defect_in_a_hook_of_changing(
    make: Callable[..., object], hook: str, order: str, state: str
) -> None:
    setting = make(soft_delete=True)
    world = setting.world
    resource = world.order_create(setting.project, setting.offering, "A", limits=LIMITS).resource
    setting.run()
    if order == "restore":
        world.order_terminate(resource)
        setting.run()
    setting.backend_class = raising(hook, KeyError("flavor"))
    change = {
        "update": lambda: world.order_update(resource, {"cpu": 1, "mem": 1}),
        "terminate": lambda: world.order_terminate(resource),
        "restore": lambda: world.order_restore(resource),
    }[order]()
    other = world.order_create(setting.project, setting.offering, "B", limits=LIMITS)
    setting.run()
    assert change.state == state
    assert other.state == "done"


def test_a_defect_while_attributes_are_handed_over_errs_the_update(setting: object) -> None:
    resource = setting.world.order_create(setting.project, setting.offering, "A").resource
    setting.run()
    setting.backend_class = raising("update_resource_attributes", KeyError("flavor"))
    change = setting.world.order_update(resource, {"cpu": 1})
    change.attributes["flavor"] = "big"
    setting.run()
    assert change.state == "erred"


@pytest.mark.parametrize("error", [BackendError("no"), KeyError("x"), ConnectionError("gone")])
def test_a_preflight_that_fails_in_any_way_leaves_the_pass_out(
    setting: object, error: Exception
) -> None:
    setting.backend_class = raising("run_preflight", error, supports_cycle_preflight=True)
    order = setting.world.order_create(setting.project, setting.offering, "A")
    report = setting.run()
    assert (report.outcomes, report.failed) == ((), True)
    assert order.state == "pending-provider"


@pytest.mark.parametrize(
    ("status", "ending", "state"),
    [
        (400, Ending.ERRED, "erred"),
        (404, Ending.ERRED, "erred"),
        (429, Ending.LEFT, "executing"),
        (503, Ending.LEFT, "executing"),
    ],
)
def test_an_http_error_counts_by_its_status(
    setting: object, status: int, ending: str, state: str
) -> None:
    setting.backend_class = raising("_pre_create_resource", of_status(status))
    order = setting.world.order_create(setting.project, setting.offering, "A")
    assert endings(setting.run()) == [ending]
    assert order.state == state


@pytest.mark.parametrize(
    ("hook", "state"),
    [
        ("evaluate_pending_order", "pending-provider"),
        ("pull_resources", "pending-provider"),
        ("create_resource_with_id", "erred"),
        ("add_users_to_resource", "done"),
        ("_get_resource_backend_id", "erred"),
    ],
)
def test_a_hook_of_creating_that_answers_nothing(setting: object, hook: str, state: str) -> None:
    setting.backend_class = answering(hook, lambda: None)
    order = setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)
    setting.run()
    assert order.state == state


def test_a_creation_that_says_nothing_is_told_in_words(setting: object) -> None:
    setting.backend_class = answering("create_resource_with_id", lambda: None)
    order = setting.world.order_create(setting.project, setting.offering, "A")
    setting.run()
    assert order.error_message == "The backend did not say what it created."


def test_a_plugin_that_creates_by_create_resource_alone_gives_the_id(setting: object) -> None:
    asked = []

    class Numbering(MemoryBackend):
        def pull_resource(self, resource: object) -> object:
            asked.append(resource.backend_id)
            return super().pull_resource(resource)

        def create_resource(self, waldur_resource: object, user_context: object = None) -> object:
            return super().create_resource_with_id(waldur_resource, "4711", user_context)

    setting.backend_class = Numbering
    order = setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)
    setting.run()

    assert (order.state, order.resource.backend_id) == ("done", "4711")
    assert set(setting.system.accounts) == {"4711"}
    assert "hpc_a" not in asked, "the backend is asked for no name that it will not give"


def test_a_plugin_that_is_told_an_id_creates_under_it(setting: object) -> None:
    class Both(MemoryBackend):
        def create_resource(self, *_args: object) -> object:
            raise AssertionError("the agent does not call it")

        def _pull_backend_resource(self, resource_backend_id: str) -> object:
            return super()._pull_backend_resource(resource_backend_id)

    setting.backend_class = Both
    order = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
    setting.run()

    assert (order.state, order.resource.backend_id) == ("done", "hpc_a")


class NotFoundError(Exception):
    """Stands for that of a client library."""


@pytest.mark.parametrize(("there", "state"), [(False, "done"), (True, "erred")])
def test_a_deletion_that_finds_nothing_is_done_if_a_look_agrees(
    setting: object, there: bool, state: str
) -> None:
    resource = setting.world.order_create(setting.project, setting.offering, "A").resource
    setting.run()
    setting.backend_class = raising("delete_resource", NotFoundError())
    if not there:
        setting.system.accounts.clear()
    order = setting.world.order_terminate(resource)
    setting.run()

    assert order.state == state


def test_a_failure_without_words_is_told_by_its_name(setting: object) -> None:
    setting.backend_class = raising("_pre_create_resource", NotFoundError())
    setting.world.order_create(setting.project, setting.offering, "A")
    (outcome,) = setting.run().outcomes

    assert outcome.message == "NotFoundError"


def test_a_plugin_that_contradicts_itself_loses_no_account(setting: object) -> None:
    """A 1.x plugin answers "not there" when it could not look, and then refuses the double."""
    order = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
    setting.world.set_backend_id(order.resource, "hpc_a")
    setting.system.accounts["hpc_a"] = MemoryAccount(name="hpc_a", organization="", owner="A")

    class Forgetful(MemoryBackend):
        def pull_resources(self, resources: object) -> dict:
            del resources
            return {}

    setting.backend_class = Forgetful
    assert endings(setting.run()) == [Ending.LEFT]
    assert (order.state, order.resource.backend_id) == ("executing", "hpc_a")
    setting.backend_class = MemoryBackend
    setting.run()
    assert order.state == "done"
    assert list(setting.system.accounts) == ["hpc_a"]


def test_members_go_where_a_remote_system_put_the_resource(setting: object) -> None:
    """The effective id is read back, and what follows uses it."""

    class Remote(MemoryBackend):
        supports_async_orders = True

        def create_resource_with_id(self, *args: object, **kwargs: object) -> object:
            info = super().create_resource_with_id(*args, **kwargs)
            info.pending_order_id = "remote-1"
            return info

        def sync_resource_effective_id(self, resource: object, client: object) -> None:
            account = self.system.accounts.pop(resource.backend_id)
            account.name = "far_a"
            self.system.accounts["far_a"] = account
            client.gateway.resources.set_backend_id(resource.uuid, "far_a")

    setting.world.order_create(setting.project, setting.offering, "first")
    setting.run()
    setting.backend_class = Remote
    order = setting.world.order_create(setting.project, setting.offering, "A", slug="a")
    setting.run()
    setting.run()
    assert order.state == "done"
    assert order.resource.backend_id == "far_a"
    assert setting.system.accounts["far_a"].users == setting.usernames()


def test_an_asynchronous_update_hands_over_attributes_before_it_waits(setting: object) -> None:
    handed: list[dict] = []

    class Remote(MemoryBackend):
        supports_async_orders = True

        def set_resource_limits(self, *args: object) -> str:
            super().set_resource_limits(*args)
            return "remote-1"

        def update_resource_attributes(self, resource: object, attributes: dict) -> None:
            del resource
            handed.append(attributes)

    resource = setting.world.order_create(
        setting.project, setting.offering, "A", limits=LIMITS
    ).resource
    setting.run()
    setting.backend_class = Remote
    order = setting.world.order_update(resource, {"cpu": 1, "mem": 1})
    order.attributes["flavor"] = "big"
    setting.run()
    setting.run()
    assert order.state == "done"
    assert handed == [{"flavor": "big"}]


class Curious(MemoryBackend):
    """Remembers what it was told of the project."""

    requires_source_project = True
    reserves_backend_ids = True
    told: list[object]

    def create_resource_with_id(
        self, waldur_resource: object, resource_backend_id: str, user_context: object = None
    ) -> object:
        self.told.append(user_context["source_project"])
        return super().create_resource_with_id(waldur_resource, resource_backend_id, user_context)


@pytest.mark.parametrize("wants", [True, False])
def test_a_creating_hook_is_told_of_the_project_where_it_wants_to_be(
    setting: object, wants: bool
) -> None:
    setting.backend_class = type("Told", (Curious,), {"told": [], "requires_source_project": wants})
    setting.project.oecd_fos_2007_code = "1.2"
    setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)

    setting.run()

    codes = [getattr(project, "oecd_fos_2007_code", None) for project in setting.backend_class.told]
    assert codes == (["1.2"] if wants else [None])


@pytest.mark.parametrize(("status", "state"), [(503, "pending-provider"), (403, "done")])
def test_a_project_that_waldur_does_not_tell_now_is_waited_for_and_a_secret_one_is_not(
    setting: object, status: int, state: str
) -> None:
    setting.backend_class = type("Told", (Curious,), {"told": []})
    setting.world.faults.add(match="projects", action=Status(status), times=None)
    order = setting.world.order_create(setting.project, setting.offering, "A", limits=LIMITS)

    setting.run()

    assert order.state == state
    assert setting.backend_class.told == ([] if status == 503 else [None])
