"""What the agent believes of what plugins answer: absent, unknown and empty."""

# ruff: noqa: ARG002 - a fake keeps the parameters of the contract

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
)
from waldur_site_agent.backend.lookup import look_up, look_up_many, overrides
from waldur_site_agent.backend.structures import BackendResourceInfo, ClientResource

if TYPE_CHECKING:
    from collections.abc import Callable


class NotFoundError(Exception):
    """Stands for that of a client library."""


class StatusError(Exception):
    """Stands for an HTTP library's."""

    def __init__(self, status: int) -> None:
        super().__init__("no")
        self.status_code = status


THERE = BackendResourceInfo(backend_id="a_one", users=["ada"])


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_args: object) -> Any:
        raise error

    return fail


def answering(value: Any) -> Callable[..., Any]:
    return lambda *_args: value


def catching(self: Any, _backend_id: str) -> Any:
    """A 1.0.8 override that catches its own errors, unless it must not."""
    try:
        raise BackendError("down")  # noqa: TRY301 - what such overrides look like
    except BackendError:
        if self.strict_pull_requested():
            raise
        return None


def bulk_1x(answer: Any) -> Callable[..., Any]:
    return lambda _self, resources: answer(resources[0])


# hook → how it is overridden, whether the backend answers its ping, what is to be believed
RULES = [
    ("pull_resource", answering(THERE), True, THERE),
    ("pull_resource", answering(THERE), False, THERE),
    ("pull_resource", answering(None), True, None),
    ("pull_resource", answering(None), False, BackendUnavailableError),
    ("pull_resource", raising(BackendError("down")), True, BackendUnavailableError),
    ("pull_resource", raising(BackendNotReadyError("down")), True, BackendUnavailableError),
    ("pull_resource", raising(ConnectionError("down")), True, BackendUnavailableError),
    ("pull_resource", raising(KeyError("down")), True, BackendUnavailableError),
    ("_pull_backend_resource", answering(THERE), True, THERE),
    ("_pull_backend_resource", answering(None), True, None),
    ("_pull_backend_resource", answering(None), False, BackendUnavailableError),
    ("_pull_backend_resource", raising(BackendError("down")), True, BackendUnavailableError),
    ("_pull_backend_resource", catching, True, BackendUnavailableError),
    ("_pull_backend_resource", raising(NotFoundError("gone")), True, None),
    ("_pull_backend_resource", raising(NotFoundError("gone")), False, BackendUnavailableError),
    ("_pull_backend_resource", raising(StatusError(404)), True, None),
    ("_pull_backend_resource", raising(StatusError(403)), True, BackendUnavailableError),
    ("_pull_backend_resource", raising(FileNotFoundError("cmd")), True, BackendUnavailableError),
    ("pull_resources", raising(NotFoundError("down")), True, BackendUnavailableError),
    ("pull_resources", bulk_1x(lambda r: {r.backend_id: (r, THERE)}), False, THERE),
    ("pull_resources", bulk_1x(lambda _r: {}), True, None),
    ("pull_resources", bulk_1x(lambda _r: {}), False, BackendUnavailableError),
    ("pull_resources", raising(BackendError("down")), True, BackendUnavailableError),
]


@pytest.mark.parametrize(("hook", "override", "answers", "believed"), RULES)
def test_believes_a_1x_plugins_none_only_while_it_answers(  # noqa: PLR0917 - fixtures and a table
    make_plugin: Any,
    make_resource: Any,
    plugin_class: type,
    hook: str,
    override: Any,
    answers: bool,
    believed: Any,
) -> None:
    plugin = make_plugin(type("Own", (plugin_class,), {hook: override, "__module__": "own"}))
    plugin.answers = answers

    if believed is BackendUnavailableError:
        with pytest.raises(BackendUnavailableError, match="a_one"):
            look_up(plugin, make_resource("a_one"))
    else:
        assert look_up(plugin, make_resource("a_one")) == believed


def test_a_ping_that_fails_is_no_sign_of_life(
    make_plugin: Any, make_resource: Any, plugin_class: type
) -> None:
    hooks = {"pull_resource": answering(None), "ping": raising(IndexError("no answer"))}
    plugin = make_plugin(type("Own", (plugin_class,), {**hooks, "__module__": "own"}))

    with pytest.raises(BackendUnavailableError, match="a_one"):
        look_up(plugin, make_resource("a_one"))


def test_asks_a_newer_plugin_strictly_and_without_usage(
    make_plugin: Any, make_resource: Any, plugin_class: type
) -> None:
    asked = []

    class Newer(plugin_class):  # type: ignore[misc]
        def pull_resources(
            self, resources: Any, include_usage: bool = True, strict: bool = False
        ) -> Any:
            asked.append((include_usage, strict))
            return {}

    plugin = make_plugin(Newer)
    plugin.answers = False

    assert look_up(plugin, make_resource()) is None
    assert asked == [(False, True)]


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_resource_without_an_id_is_nowhere(plugin: Any, make_resource: Any, blank: str) -> None:
    assert look_up(plugin, make_resource(blank)) is None
    assert plugin.client.calls == []


def test_reads_without_usage(plugin: Any, make_resource: Any) -> None:
    plugin.client.resources["a_one"] = ClientResource("a_one", organization="P_Proj")
    plugin.client.users["a_one"] = ["ada"]

    found = look_up(plugin, make_resource("a_one"))

    assert found == BackendResourceInfo(backend_id="a_one", parent_id="P_Proj", users=["ada"])
    assert plugin.events == []


def test_reads_usage_for_an_override_that_judges_by_it(
    make_plugin: Any, make_resource: Any, plugin_class: type
) -> None:
    class Judging(plugin_class):  # type: ignore[misc]
        def _pull_backend_resource(self, resource_backend_id: str) -> Any:
            info = super()._pull_backend_resource(resource_backend_id)
            return info if info.usage else None

    plugin = make_plugin(Judging)
    plugin.client.resources["a_one"] = ClientResource("a_one")

    assert look_up(plugin, make_resource("a_one")) is not None


def test_believes_a_clients_none_only_while_the_backend_answers(
    plugin: Any, make_resource: Any
) -> None:
    """1.x clients answer None when they could not ask, as that of OKD does."""
    assert look_up(plugin, make_resource("a_one")) is None
    plugin.answers = False
    with pytest.raises(BackendUnavailableError, match="a_one"):
        look_up(plugin, make_resource("a_one"))


def test_an_outage_is_not_absence_and_hides_secrets(plugin: Any, make_resource: Any) -> None:
    plugin.client.down = True

    with pytest.raises(BackendUnavailableError, match="connection refused"):
        look_up(plugin, make_resource("a_one"))


def test_a_pull_takes_up_usage_by_default(plugin: Any, make_resource: Any) -> None:
    for name in ("a_one", "a_idle"):
        plugin.client.resources[name] = ClientResource(name)
    one, idle = make_resource("a_one"), make_resource("a_idle")

    found = plugin.pull_resources([one, idle])

    assert found["a_one"][0] is one
    assert found["a_one"][1].usage == {"TOTAL_ACCOUNT_USAGE": {"cpu": 1.5}}
    assert found["a_idle"][1].usage == {"TOTAL_ACCOUNT_USAGE": {"cpu": 0.0, "mem": 0.0}}


@pytest.mark.parametrize(
    ("error", "is_traced"), [(BackendError("no right"), False), (KeyError("defect"), True)]
)
def test_only_a_defect_is_traced_when_reading_in_bulk(  # noqa: PLR0917 - fixtures and a table
    make_plugin: Any,
    make_resource: Any,
    plugin_class: type,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    is_traced: bool,
) -> None:
    class Bulk(plugin_class):  # type: ignore[misc]
        pull_resources = raising(error)

    with pytest.raises(BackendUnavailableError):
        look_up_many(make_plugin(Bulk), [make_resource("a_one")])

    assert any(record.exc_info for record in caplog.records) is is_traced


def test_an_ordinary_pull_drops_what_failed_and_a_strict_one_raises(
    make_plugin: Any, make_resource: Any, plugin_class: type, caplog: pytest.LogCaptureFixture
) -> None:
    class Flaky(plugin_class):  # type: ignore[misc]
        def pull_resource(self, waldur_resource: Any) -> Any:
            if waldur_resource.backend_id == "a_bad":
                raise BackendError("timeout, token=hunter2")
            return BackendResourceInfo(backend_id=waldur_resource.backend_id)

    plugin = make_plugin(Flaky)
    resources = [make_resource("a_bad"), make_resource("a_good")]

    assert set(plugin.pull_resources(resources)) == {"a_good"}
    assert "a_bad" in caplog.text
    assert "hunter2" not in caplog.text
    with pytest.raises(BackendError, match="timeout"):
        plugin.pull_resources(resources, strict=True)
    assert plugin.strict_pull_requested() is False


def test_a_single_read_is_told_whether_usage_is_wanted(
    make_plugin: Any, make_resource: Any, plugin_class: type
) -> None:
    asked = []

    class Dear(plugin_class):  # type: ignore[misc]
        def _pull_backend_resource(self, resource_backend_id: str) -> Any:
            asked.append(self.usage_requested())
            return BackendResourceInfo(backend_id=resource_backend_id)

    plugin = make_plugin(Dear)
    for wanted in (True, False):
        plugin.pull_resources([make_resource("a_one")], include_usage=wanted)

    assert asked == [True, False]
    assert plugin.usage_requested() is True


def test_pull_resource_answers_none_for_failures_as_in_1x(plugin: Any, make_resource: Any) -> None:
    plugin.client.down = True

    assert plugin.pull_resource(make_resource("a_one")) is None


def test_overrides_tells_what_a_plugin_made_its_own(plugin: Any) -> None:
    assert overrides(plugin, "ping")
    assert overrides(plugin, "post_create_resource")
    assert not overrides(plugin, "update_resource_attributes")
    plugin.update_resource_attributes = lambda *_: None
    assert overrides(plugin, "update_resource_attributes")
    with pytest.raises(AttributeError, match="no_such_hook"):
        overrides(plugin, "no_such_hook")


def test_overrides_follows_inheritance(make_plugin: Any, plugin_class: type) -> None:
    heir = make_plugin(type("Heir", (plugin_class,), {"__module__": "heir"}))

    assert overrides(heir, "ping")
    assert not overrides(heir, "pull_resource")
