"""Making a plugin's object for an offering, with the calls of the 1.x contract."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent.plugins.building import build_backend, build_username_backend
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import Role

CPU = {"measured_unit": "k-Hours", "accounting_type": "limit", "label": "CPU"}
SETTINGS = {"nested": {"a": [1]}, "password": "hush-hush"}
ORDERS = Role.ORDER_PROCESSING


@pytest.fixture
def offering(distributions: Any, site: Any, backend_source: str, usernames_source: str) -> Any:
    """An offering with a backend and a username backend of its own."""
    distributions.install(backend_source, backends={"orders": "Backend"})
    distributions.install(usernames_source, username_backends={"names": "Usernames"})
    configured = site.load(
        {
            "order_processing_backend": "orders",
            "username_management_backend": "names",
            "backend_settings": SETTINGS,
            "backend_components": {"cpu": CPU},
        }
    )
    (offering,) = configured.usable_offerings
    return offering


def test_a_backend_is_given_settings_and_components_as_plain_values(offering: Any) -> None:
    backend: Any = build_backend(offering, ORDERS)

    assert backend.backend_settings == SETTINGS
    assert backend.backend_components == {"cpu": CPU}


def test_what_a_backend_does_to_its_settings_stays_with_it(offering: Any) -> None:
    backend: Any = build_backend(offering, ORDERS)
    backend.backend_settings["nested"]["a"].append(2)
    backend.backend_components["cpu"]["label"] = "other"

    again: Any = build_backend(offering, ORDERS)

    assert again.backend_settings == SETTINGS
    assert again.backend_components == {"cpu": CPU}


def test_other_components_can_be_given_and_are_copied(offering: Any) -> None:
    given = {"gpu": dict(CPU)}

    backend: Any = build_backend(offering, ORDERS, given)
    backend.backend_components["gpu"]["label"] = "other"

    assert given == {"gpu": CPU}


def test_a_username_backend_is_given_settings_and_the_offering(offering: Any) -> None:
    usernames: Any = build_username_backend(offering)

    assert usernames.generate_username(None) == "somebody"
    assert usernames.backend_settings == SETTINGS
    assert usernames.offering == offering


@pytest.mark.parametrize("name", ["", " "])
def test_where_no_username_backend_is_named_nobody_is_named(site: Any, name: str) -> None:
    (offering,) = site.load({"username_management_backend": name}).usable_offerings

    assert isinstance(build_username_backend(offering), UnknownUsernameManagementBackend)


def test_a_role_without_a_backend(offering: Any) -> None:
    with pytest.raises(PluginError, match='the offering "A" names no reporting_backend'):
        build_backend(offering, Role.REPORTING)


@pytest.mark.parametrize("exception", ["ValueError", "KeyError", "BackendError", "SystemExit"])
def test_a_backend_that_refuses_its_settings(
    distributions: Any, site: Any, backend_source: str, exception: str
) -> None:
    refusing = f"""
        def __init__(self, backend_settings, backend_components):
            raise {exception}("no " + backend_settings.pop("password"))
    """
    imports = "    from waldur_site_agent.backend.exceptions import BackendError\n"
    name = distributions.install(imports + backend_source + refusing, backends={"no": "Backend"})
    (offering,) = site.load(
        {"order_processing_backend": "no", "backend_settings": SETTINGS}
    ).usable_offerings

    with pytest.raises(PluginError) as caught:
        build_backend(offering, ORDERS)

    said = str(caught.value)
    assert said.startswith(f'the plugin "no" of {name} 1.2 refuses its settings: {exception}: ')
    assert "no ***" in said
    assert "hush" not in said


def test_the_switch_has_every_hook_of_what_is_made_told(
    offering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALDUR_SITE_AGENT_TRACE_HOOKS", "1")
    with capture_logs() as lines:
        build_backend(offering, ORDERS).ping()
        build_username_backend(offering).get_username(None)  # type: ignore[arg-type]  # not looked at

    assert [(line["plugin"], line["hook"]) for line in lines] == [
        ("orders", "ping"),
        ("names", "get_username"),
    ]
