"""What is installed, as the plugins command and the agent's registration tell it."""

from __future__ import annotations

import sys
from typing import Any

from waldur_site_agent.plugins.description import describe_installed
from waldur_site_agent.plugins.discovery import agent_packages, names
from waldur_site_agent.plugins.groups import Group


def described(name: str) -> Any:
    (one,) = [one for one in describe_installed() if one.name == name]
    return one


def test_roles_and_flags_of_a_backend(distributions: Any, backend_source: str) -> None:
    flags = """
        supported_roles = ("order_processing", "reporting")
        supports_decreasing_usage = True
        unsupported_states = frozenset({"paused"})
    """
    name = distributions.install(backend_source + flags, backends={"one": "Backend"})

    one = described("one")

    assert one.to_json() == {
        "kind": "backend",
        "name": "one",
        "distribution": name,
        "version": "1.2",
        "entry_point": f"{distributions.modules[0]}:Backend",
        "roles": ["order_processing", "reporting"],
        "roles_declared": True,
        "capabilities": ["supports_decreasing_usage"],
        "unsupported_states": ["paused"],
        "error": "",
    }


def test_roles_are_guessed_where_none_are_declared(distributions: Any) -> None:
    distributions.install(backends={"one": "Backend"})

    assert described("one").roles == ("order_processing", "membership_sync", "reporting")
    assert not described("one").roles_declared


def test_all_kinds_are_described(distributions: Any, usernames_source: str) -> None:
    source = (
        usernames_source
        + """
    from waldur_site_agent.config.plugin_schemas import *
    class Settings(PluginBackendSettingsSchema): pass
    class Component(PluginComponentSchema): pass
    """
    )
    distributions.install(
        source,
        username_backends={"users": "Usernames"},
        settings_schemas={"settings": "Settings"},
        component_schemas={"component": "Component"},
    )

    assert described("users").kind == "username backend"
    assert described("settings").kind == "settings schema"
    assert described("component").kind == "component schema"
    assert not any(described(name).error for name in ("users", "settings", "component"))


def test_one_that_fails_is_described_beside_the_others(distributions: Any) -> None:
    distributions.install("1 / 0", backends={"broken": "Backend"})
    distributions.install(backends={"fine": "Backend"})

    assert "does not load: ZeroDivisionError" in described("broken").error
    assert described("fine").error == ""


def test_what_is_installed_later_is_found(distributions: Any, tmp_path: Any) -> None:
    assert "late" not in names(Group.BACKENDS)

    distributions.folder = tmp_path / "more"
    distributions.folder.mkdir()
    distributions.install(backends={"late": "Backend"}, distribution="late-comer")

    sys.path.insert(0, str(distributions.folder))
    try:
        assert "late" in names(Group.BACKENDS)
        assert agent_packages()["late-comer"] == "1.2"
    finally:
        sys.path.remove(str(distributions.folder))


def test_the_agents_own_plugins_are_there() -> None:
    assert "slurm" in names(Group.BACKENDS)
    assert (
        agent_packages()["waldur-site-agent-slurm"]
        == agent_packages()["waldur-site-agent-basic-username-management"]
    )
