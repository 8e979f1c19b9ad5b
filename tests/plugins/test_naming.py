"""Plugins that an offering names: unknown, broken, of the wrong kind. Each stops only it."""

from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.plugins.groups import Role

GOOD = {"order_processing_backend": "good"}


@pytest.fixture
def problem(distributions: Any, site: Any) -> Any:
    """What is said of offering B, beside which A works on."""

    def of(**offering: Any) -> Any:
        distributions.install(backends={"good": "Backend"})
        configured = site.load(GOOD, offering)
        assert [one.name for one in configured.usable_offerings] == ["A"]
        ((name, (only,)),) = configured.unusable.items()
        assert name == only.offering == "B"
        assert only.line is not None
        return only

    return of


def test_a_plugin_that_is_there(distributions: Any, site: Any) -> None:
    distributions.install(backends={"good": "Backend"})

    configured = site.load({**GOOD, "membership_sync_backend": "good", "reporting_backend": "good"})

    assert configured.problems == ()
    assert [one.name for one in configured.usable_offerings] == ["A"]


def test_states_that_a_backend_does_not_know_are_told_where_waldur_may_ask(
    distributions: Any, site: Any, backend_source: str
) -> None:
    flags = """
        unsupported_states = frozenset({"paused", "downscaled"})
    """
    distributions.install(backend_source + flags, backends={"one": "Backend"})

    configured = site.load({"order_processing_backend": "one", "membership_sync_backend": "one"})

    (told,) = configured.problems
    assert told.key == "membership_sync_backend"
    assert told.found == '"one", by which no resource can be downscaled or paused'
    assert not told.fails_check


@pytest.mark.parametrize(
    "key", ["order_processing_backend", "membership_sync_backend", "reporting_backend"]
)
def test_an_unknown_name(problem: Any, key: str) -> None:
    told = problem(**{key: "goood"})

    assert told.key == key
    assert told.found == 'no installed distribution provides the backend "goood"'
    assert told.hint.startswith('Did you mean "good"? Installed: ')


def test_an_unknown_username_backend(problem: Any) -> None:
    told = problem(username_management_backend="bse")

    assert told.key == "username_management_backend"
    assert told.found == 'no installed distribution provides the username backend "bse"'
    assert told.hint.startswith('Did you mean "base"?')


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import not_there_at_all", "ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("this is no Python", "SyntaxError: invalid syntax"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("x = 1", "AttributeError: module"),
    ],
)
def test_a_plugin_that_does_not_load(
    problem: Any, distributions: Any, source: str, said: str
) -> None:
    name = distributions.install(source, backends={"bad": "Backend"})

    told = problem(order_processing_backend="bad")

    assert told.key == "order_processing_backend"
    assert told.found.startswith(f'backend "bad" of {name} 1.2 (demo_plugin_')
    assert f"does not load: {said}" in told.found
    assert name in told.hint


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("import not_there_at_all", "Install what provides not_there_at_all, or another version"),
        ("import waldur_site_agent.gone", "This version of NAME is made for another version of"),
        ("from waldur_site_agent.common import gone", "This version of NAME is made for another"),
        ("1 / 0", "Another version of NAME may help"),
        ("x = 1", "The entry points of NAME name what it does not have"),
    ],
)
def test_what_may_help_a_plugin_that_does_not_load(
    problem: Any, distributions: Any, source: str, hint: str
) -> None:
    name = distributions.install(source, backends={"bad": "Backend"})

    told = problem(order_processing_backend="bad")

    assert told.hint.startswith(hint.replace("NAME", name))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("class Backend: pass", "is no backend: it is the class Backend"),
        ("Backend = 5", "is no backend: it is int"),
        ("def Backend(settings, components): pass", "is no backend: it is function"),
    ],
)
def test_what_is_no_backend(problem: Any, distributions: Any, source: str, said: str) -> None:
    name = distributions.install(source, backends={"bad": "Backend"})

    told = problem(order_processing_backend="bad")

    assert name in told.found
    assert said in told.found
    assert told.expected == "a subclass of waldur_site_agent.backend.backends.BaseBackend"


def test_a_backend_that_is_not_finished(problem: Any, distributions: Any) -> None:
    source = """
        from waldur_site_agent.backend.backends import BaseBackend
        class Backend(BaseBackend): pass
    """
    distributions.install(source, backends={"bad": "Backend"})

    told = problem(order_processing_backend="bad")

    assert "does not implement _collect_resource_limits, " in told.found


def test_a_backend_where_a_username_backend_belongs(
    problem: Any, distributions: Any, backend_source: str
) -> None:
    distributions.install(backend_source, username_backends={"wrong": "Backend"})

    assert "is no username backend" in problem(username_management_backend="wrong").found


def test_a_name_that_two_distributions_have(problem: Any, distributions: Any) -> None:
    first = distributions.install(backends={"twice": "Backend"})
    second = distributions.install(backends={"twice": "Backend"})

    told = problem(order_processing_backend="twice")

    assert told.hint == "Uninstall one of them."
    assert {f"{first} 1.2", f"{second} 1.2"} <= set(
        told.found.removeprefix('the backend "twice" is provided by ').split(" and by ")
    )


def test_a_backend_that_says_it_is_for_something_else(
    problem: Any, distributions: Any, backend_source: str
) -> None:
    source = backend_source + '        supported_roles = ("reporting",)\n'
    distributions.install(source, backends={"usage-only": "Backend"})

    told = problem(order_processing_backend="usage-only")

    assert told.found.endswith("which is not for order_processing")
    assert told.hint == '"usage-only" is for reporting.'


def test_what_is_wrong_for_roles_that_are_not_played_is_a_warning(
    distributions: Any, site: Any
) -> None:
    distributions.install(backends={"good": "Backend"})
    distributions.install("1 / 0", backends={"broken": "Backend"})

    configured = site.load(
        {**GOOD, "reporting_backend": "missing", "membership_sync_backend": "broken"},
        roles=(Role.ORDER_PROCESSING,),
    )

    (warning,) = configured.warnings
    assert (warning.key, warning.severity) == ("reporting_backend", "warning")
    assert len(configured.usable_offerings) == 1


def test_blank_names_are_nobody(site: Any) -> None:
    configured = site.load({"order_processing_backend": "", "username_management_backend": ""})

    assert configured.problems == ()


def test_a_mistyped_type_is_advice(distributions: Any, site: Any) -> None:
    distributions.install(backends={"quantum": "Backend"})

    near, far = site.load({"backend_type": "quantun"}), site.load({"backend_type": "inhouse"})

    (advice,) = near.warnings
    assert (advice.key, advice.hint) == ("backend_type", 'Did you mean "quantum"?')
    assert not advice.fails_check
    assert far.warnings == ()
