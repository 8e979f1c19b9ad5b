"""What is told of a plugin's calls, and what never is."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from waldur_site_agent.backend.backends import UnknownBackend
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.hook_calls import HookCall, argument_in_short, hooks_of, watch
from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.plugins.seeing import trace_hooks, watch_hooks

RESOURCE = "hpc_alloc-1"


class Backend(UnknownBackend):
    """A plugin that makes a few hooks its own."""

    def add_user(self, waldur_resource: Any, username: str, **_: object) -> bool:
        """Know nobody called eve."""
        del waldur_resource
        if username == "eve":
            raise BackendError("eve is not there")
        return True

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """Limit the processors."""
        return {"cpu": len(resource_backend_id)}

    def of_its_own(self) -> None:
        """Be no hook."""


@pytest.fixture
def told() -> list[HookCall]:
    return []


@pytest.fixture
def backend(told: list[HookCall]) -> Backend:
    made = Backend()
    watch(made, told.append)
    return made


def test_a_call_is_told_with_its_end(backend: Backend, told: list[HookCall]) -> None:
    assert backend.get_resource_limits(RESOURCE) == {"cpu": 11}

    (call,) = told
    assert call.hook == "get_resource_limits"
    assert call.arguments == {"resource_backend_id": "'hpc_alloc-1'"}
    assert call.result == "{'cpu': 11}"
    assert call.overridden
    assert not call.failed
    assert call.seconds >= 0


def test_calls_inside_of_calls_are_told_deeper_and_first(
    backend: Backend, told: list[HookCall]
) -> None:
    backend.add_users_to_resource(SimpleNamespace(backend_id=RESOURCE), {"ann", "eve"})

    assert [(call.hook, call.depth, call.overridden) for call in told] == [
        ("add_user", 1, True),
        ("add_user", 1, True),
        ("add_users_to_resource", 0, False),
    ]


def test_a_failure_is_told_by_its_class_and_goes_on(backend: Backend, told: list[HookCall]) -> None:
    with pytest.raises(BackendError):
        backend.add_user(SimpleNamespace(backend_id=RESOURCE), "eve")
    backend.ping()

    failed, ping = told
    assert (failed.failed, failed.result) == (True, "BackendError")
    assert (ping.depth, ping.result) == (0, "False")


def test_watching_leaves_what_a_plugin_overrides_as_it_was(backend: Backend) -> None:
    assert overrides(backend, "get_resource_limits")
    assert not overrides(backend, "set_resource_limits")


def test_what_is_no_hook_is_not_watched(backend: Backend, told: list[HookCall]) -> None:
    backend.of_its_own()
    assert told == []


def test_arguments_that_do_not_fit_are_refused_as_without_watching(backend: Backend) -> None:
    with pytest.raises(TypeError):
        backend.get_resource_limits()  # type: ignore[call-arg]


def test_hooks_are_those_of_the_contract_each_once() -> None:
    hooks = list(hooks_of(Backend))
    assert len(hooks) == len(set(hooks))
    assert {"ping", "add_user", "_pre_create_resource", "pull_resources"} <= set(hooks)
    assert not {"of_its_own", "__init__"} & set(hooks)


@pytest.mark.parametrize(
    ("parameter", "value", "shown"),
    [
        ("resource_backend_id", "alloc", "'alloc'"),
        ("username", "ann", "text of 3"),
        ("password", "", "''"),
        ("limits", {"cpu": 1, "mem": 2.5}, "{'cpu': 1, 'mem': 2.5}"),
        ("limits", {}, "{}"),
        ("attributes", {"email": "ann@example.org"}, "dict of 1"),
        ("limits", dict.fromkeys("abcdefg", 1), "dict of 7"),
        ("usernames", {"ann", "bob"}, "set of 2"),
        ("answer", ({"cpu": 1}, {}), "({'cpu': 1}, {})"),
        ("force", True, "True"),
        ("start", date(2026, 2, 1), "2026-02-01"),
        ("uuid", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("waldur_resource", SimpleNamespace(backend_id="alloc"), "SimpleNamespace 'alloc'"),
        ("waldur_resource", SimpleNamespace(backend_id=""), "SimpleNamespace"),
    ],
)
def test_an_argument_is_told_in_short(parameter: str, value: object, shown: str) -> None:
    assert argument_in_short(parameter, value) == shown


@given(
    st.recursive(
        st.just("ann@example.org"),
        lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_text_is_ever_shown_but_of_ids(value: object) -> None:
    assert "ann" not in argument_in_short("username", value)


@pytest.mark.parametrize(
    ("written", "on"),
    [("", False), ("0", False), ("False", False), (" no ", False), ("1", True), ("yes", True)],
)
def test_the_switch(monkeypatch: pytest.MonkeyPatch, written: str, on: bool) -> None:
    monkeypatch.setenv("WALDUR_SITE_AGENT_TRACE_HOOKS", written)
    assert trace_hooks() is on


def test_what_answers_for_another_is_asked_nothing() -> None:
    class Proxy:
        """Builds what it stands for when it is touched, as the plugins' client does."""

        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

    assert argument_in_short("waldur_rest_client", Proxy()) == "Proxy"


def test_the_log_has_a_line_for_each_call() -> None:
    backend = Backend()
    watch_hooks(backend, "mine")
    with capture_logs() as lines:
        backend.get_resource_limits(RESOURCE)

    (line,) = lines
    assert line["event"] == "hook.called"
    assert (line["plugin"], line["hook"], line["own"]) == ("mine", "get_resource_limits", True)
    assert line["result"] == "{'cpu': 11}"
