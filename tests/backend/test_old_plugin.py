"""A plugin written for the 1.x agent, through a resource's whole life."""

# ruff: noqa: ARG002 - a fake keeps the parameters of the contract

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from waldur_site_agent.backend.backends import PendingOrderDecision
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
    DuplicateResourceError,
    UserNotProvisionedError,
)
from waldur_site_agent.backend.structures import ClientResource


def test_creates_a_resource(plugin: Any, make_resource: Any) -> None:
    info = plugin.create_resource_with_id(make_resource(""), "a_one", {"team": []})

    assert plugin.client.resources == {
        "P_Proj": ClientResource("P_Proj", "a project", "P_Proj"),
        "a_one": ClientResource("a_one", "One", "P_Proj"),
    }
    assert plugin.client.limits == {"a_one": {"cpu": 120000, "mem": 184320}}
    assert (info.backend_id, info.limits) == ("a_one", {"cpu": 2, "mem": 3})
    assert info.backend_metadata == {"seen": True}
    assert plugin.events == ["pre_create", "post_create"]


def test_creates_under_the_id_of_the_slug(plugin: Any, make_resource: Any) -> None:
    assert plugin.create_resource(make_resource("", slug="My-Slug")).backend_id == "a_my-slug"
    with pytest.raises(BackendError, match="slug"):
        plugin.create_resource(make_resource("", slug=""))


def test_names_are_prefixed_and_only_resources_are_folded(make_plugin: Any) -> None:
    plugin = make_plugin()

    assert plugin._get_resource_backend_id("X-1") == "a_x-1"
    assert plugin._get_project_backend_id("X-1") == "P_X-1"
    assert plugin._get_customer_backend_id("X-1") == "C_X-1"
    assert make_plugin(allocation_prefix=None)._get_resource_backend_id("x") == "x"


def test_an_id_that_is_taken_is_left_alone(plugin: Any, make_resource: Any) -> None:
    plugin.client.resources["a_one"] = ClientResource("a_one", "somebody else's")

    with pytest.raises(DuplicateResourceError, match="a_one"):
        plugin.create_resource_with_id(make_resource(""), "a_one")

    assert plugin.client.resources["a_one"].description == "somebody else's"
    assert plugin.client.limits == {}


def test_a_resource_without_an_id_is_not_created(plugin: Any, make_resource: Any) -> None:
    with pytest.raises(BackendError, match="without an id"):
        plugin.create_resource_with_id(make_resource(""), " ")
    assert plugin.client.calls == []


def test_adopting_completes_what_was_interrupted_and_may_be_repeated(
    plugin: Any, make_resource: Any
) -> None:
    resource = make_resource("a_one")
    plugin.client.resources["a_one"] = ClientResource("a_one")

    first = plugin.adopt_resource(resource, "a_one", {"team": []})
    second = plugin.adopt_resource(resource, "a_one", {"team": []})

    assert first == second
    assert first.limits == {"cpu": 2, "mem": 3}
    assert plugin.client.limits == {"a_one": {"cpu": 120000, "mem": 184320}}
    assert "create_resource" not in plugin.client.calls


def test_what_is_named_after_the_id_comes_between_creation_and_limits(
    make_plugin: Any, make_resource: Any, plugin_class: type
) -> None:
    class Named(plugin_class):  # type: ignore[misc]
        def _on_backend_resource_created(
            self, resource_backend_id: str, waldur_resource: Any
        ) -> None:
            self.client.calls.append(f"named {resource_backend_id}")

    plugin = make_plugin(Named)
    plugin.create_resource_with_id(make_resource(""), "a_one")

    assert plugin.client.calls[-3:] == ["create_resource", "named a_one", "set_resource_limits"]


@pytest.mark.parametrize(
    ("lost", "backend_id", "created"),
    [(True, "a_one", True), (False, "a_one", False), (True, "", False)],
)
def test_recreates_what_the_backend_lost(
    plugin: Any, make_resource: Any, lost: bool, backend_id: str, created: bool
) -> None:
    if not lost:
        plugin.client.resources["a_one"] = ClientResource("a_one")

    assert plugin.recreate_missing_resource(make_resource(backend_id)) is created
    assert ("create_resource" in plugin.client.calls) is created


def test_limits_are_turned_into_backend_units(plugin: Any, caplog: Any) -> None:
    plugin.backend_components["frac"] = {"unit_factor": 100}

    plugin.set_resource_limits("a_one", {"cpu": 101, "mem": 301, "frac": 0.29, "coffee": 5})

    assert plugin.client.limits["a_one"] == {"cpu": 6060000, "mem": 18493440, "frac": 29}
    assert "coffee" in caplog.text


class Recorder:
    """A Waldur client of which hooks use one operation."""

    def __init__(self) -> None:
        self.written: list[Any] = []
        self.gateway = SimpleNamespace(resources=self)

    def set_limits(self, uuid: Any, limits: Any) -> None:
        self.written.append((uuid, dict(limits)))


@pytest.mark.parametrize(
    ("on_backend", "in_waldur", "is_written"),
    [
        ({"cpu": 5}, {"cpu": 2}, True),
        ({"cpu": 5}, None, True),
        ({"cpu": 5}, {"cpu": 5.0}, False),
        ({}, {"cpu": 5}, False),
    ],
)
def test_limits_go_to_waldur_where_they_differ(
    plugin: Any, make_resource: Any, on_backend: Any, in_waldur: Any, is_written: bool
) -> None:
    plugin.client.limits["a_one"] = on_backend
    resource, waldur = make_resource("a_one", limits=in_waldur), Recorder()

    plugin.sync_resource_limits(resource, waldur)

    assert waldur.written == ([(resource.uuid, on_backend)] if is_written else [])


def test_adds_users_and_tells_why_others_are_not_there(
    plugin: Any, make_resource: Any, caplog: Any
) -> None:
    plugin.client.users["a_one"] = ["ada"]
    plugin.client.refused = frozenset({"eve"})

    added = plugin.add_users_to_resource(
        make_resource("a_one"), {"ada", "bob", "eve", ""}, homedir_umask="0077", user_roles={}
    )

    assert added == {"ada", "bob"}
    assert added.failed == {"eve": "no such user, password=***"}
    assert plugin.client.users["a_one"] == ["ada", "bob"]
    assert "create_association default=root" in plugin.client.calls
    assert "eve" not in caplog.text


def test_removes_users_likewise(make_plugin: Any, make_resource: Any, plugin_class: type) -> None:
    class Careful(plugin_class):  # type: ignore[misc]
        def _pre_delete_user_actions(self, resource_backend_id: str, username: str) -> None:
            self.events.append(f"cancel jobs of {username} on {resource_backend_id}")

    plugin = make_plugin(Careful)
    plugin.client.users["a_one"] = ["ada", "eve"]
    plugin.client.refused = frozenset({"eve"})

    removed = plugin.remove_users_from_resource(make_resource("a_one"), {"ada", "gone", "eve"})

    assert removed == ["ada", "gone"]
    assert removed.failed == {"eve": "busy"}
    assert plugin.client.users["a_one"] == ["eve"]
    assert plugin.events[0] == "cancel jobs of ada on a_one"


def test_an_override_of_1x_that_answers_false_is_believed(
    make_plugin: Any, make_resource: Any, plugin_class: type
) -> None:
    own = {"add_user": lambda *_args, **_more: False, "__module__": "own"}

    added = make_plugin(type("Own", (plugin_class,), own)).add_users_to_resource(
        make_resource("a_one"), {"ada"}
    )

    assert (added, added.failed) == (set(), {})


@pytest.mark.parametrize("change", ["add_user", "remove_user"])
def test_a_users_place_needs_a_resource_and_a_name(
    plugin: Any, make_resource: Any, change: str
) -> None:
    assert getattr(plugin, change)(make_resource("a_one"), " ") is False
    with pytest.raises(BackendError, match="no id"):
        getattr(plugin, change)(make_resource(""), "ada")


@pytest.mark.parametrize(
    ("error", "stops"),
    [
        (BackendError("no"), False),
        (UserNotProvisionedError("not yet"), False),
        (BackendUnavailableError("down"), True),
        (BackendNotReadyError("not now"), True),
    ],
)
def test_one_users_refusal_stops_no_other_and_an_outage_stops_all(
    make_plugin: Any, make_resource: Any, plugin_class: type, error: Exception, stops: bool
) -> None:
    tried = []

    class Refusing(plugin_class):  # type: ignore[misc]
        def add_user(self, waldur_resource: Any, username: str, **kwargs: Any) -> bool:
            tried.append(username)
            if username == "ada":
                raise error
            return True

    plugin = make_plugin(Refusing)
    if stops:
        with pytest.raises(type(error)):
            plugin.add_users_to_resource(make_resource("a_one"), {"ada", "bob"})
        assert tried == ["ada"]
    else:
        added = plugin.add_users_to_resource(make_resource("a_one"), {"ada", "bob"})
        assert added == {"bob"}
        assert ("ada" in added.failed) is (type(error) is BackendError)


def in_project(plugin: Any, *names: str, organization: str = "P_Proj") -> None:
    for name in names:
        plugin.client.resources[name] = ClientResource(name, organization=organization)


def test_deletes_a_resource_and_its_empty_project(plugin: Any, make_resource: Any) -> None:
    in_project(plugin, "P_Proj", "a_one")

    assert plugin.delete_resource(make_resource("a_one"), project_slug="Proj") is None

    assert plugin.client.resources == {}
    assert plugin.events == ["post_delete"]
    assert plugin.client.calls.count("list_resources") == 1


@pytest.mark.parametrize("organization", ["P_Proj", "p_proj"])
def test_keeps_a_project_that_has_other_resources(
    plugin: Any, make_resource: Any, organization: str
) -> None:
    in_project(plugin, "P_Proj", "a_one")
    in_project(plugin, "a_two", organization=organization)

    plugin.delete_resource(make_resource("a_one"), project_slug="Proj")

    assert set(plugin.client.resources) == {"P_Proj", "a_two"}


def test_keeps_the_project_when_no_slug_is_given(plugin: Any, make_resource: Any) -> None:
    in_project(plugin, "P_Proj", "a_one")

    plugin.delete_resource(make_resource("a_one"))

    assert set(plugin.client.resources) == {"P_Proj"}
    assert "list_resources" not in plugin.client.calls


def test_a_project_that_cannot_go_does_not_hold_up_the_deletion(
    plugin: Any, make_resource: Any, caplog: Any
) -> None:
    in_project(plugin, "P_Proj", "a_one")
    plugin.client.refused = frozenset({"P_Proj"})

    plugin.delete_resource(make_resource("a_one"), project_slug="Proj")

    assert set(plugin.client.resources) == {"P_Proj"}
    assert plugin.events == ["post_delete"]
    assert "P_Proj" in caplog.text


@pytest.mark.parametrize("backend_id", ["", " ", "a_gone"])
def test_what_is_not_there_needs_no_deletion(
    plugin: Any, make_resource: Any, backend_id: str
) -> None:
    assert plugin.delete_resource(make_resource(backend_id), project_slug="Proj") is None
    assert "delete_resource" not in plugin.client.calls


def test_absence_is_not_believed_of_a_backend_that_does_not_answer(
    plugin: Any, make_resource: Any
) -> None:
    plugin.answers = False

    with pytest.raises(BackendUnavailableError):
        plugin.delete_resource(make_resource("a_gone"))


def test_retires_instead_of_deleting(make_plugin: Any, make_resource: Any) -> None:
    plugin = make_plugin(soft_delete=True)
    in_project(plugin, "P_Proj", "a_one")

    assert plugin.delete_resource(make_resource("a_one"), project_slug="Proj") is None

    assert set(plugin.client.resources) == {"P_Proj", "a_one"}
    assert plugin.client.limits == {"a_one": {"cpu": 0, "mem": 0}}
    assert plugin.events == ["post_delete"]


def test_lists_what_there_is_for_import(plugin: Any) -> None:
    in_project(plugin, "a_one")

    (found,) = plugin.list_resources()

    assert (found.backend_id, found.parent_id) == ("a_one", "P_Proj")


def test_preflight_asks_for_a_sign_of_life(plugin: Any) -> None:
    plugin.run_preflight()
    plugin.answers = False
    with pytest.raises(BackendNotReadyError):
        plugin.run_preflight()


def test_answers_of_hooks_that_it_does_not_override(plugin: Any, make_resource: Any) -> None:
    resource = make_resource()

    assert plugin.check_pending_order("x") is True
    assert plugin.evaluate_pending_order(None, None) is PendingOrderDecision.ACCEPT
    assert plugin.get_usage_report_for_period(["a"], 2024, 1, waldur_resource=resource) == {}
    assert plugin.has_prepaid_components() is False
    assert plugin.get_membership_sync_report(resource) is None
    assert plugin.sync_offering_user_usernames("uuid", None) is False
    assert list(plugin.setup_target_event_subscriptions(None, user_agent="x")) == []
    result = plugin.apply_periodic_settings("a_one", {"fairshare": 1})
    assert (result["success"], result["commands_executed"]) == (False, [])
    with pytest.raises(BackendError, match="generate_resource_keys"):
        plugin.generate_resource_keys("a_one", 2)
