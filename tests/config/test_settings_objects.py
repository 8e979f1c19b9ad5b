"""What plugins and the core hold in their hands: it cannot be changed, and has its 1.x names."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

CPU = {"measured_unit": "k-Hours", "accounting_type": "limit", "label": "CPU", "targets": {"a": 1}}


@pytest.fixture
def configuration(site: Any) -> Any:
    site.write_offerings(
        {"backend_settings": {"nested": {"a": [1]}}, "backend_components": {"cpu": CPU}}
    )
    return site.load().configuration


def test_names_of_the_1x_agent(configuration: Any) -> None:
    offering = configuration.offerings[0]

    assert configuration.waldur_offerings == configuration.offerings
    assert offering.api_url == offering.waldur_api_url == "https://waldur.example.org/api/"
    assert offering.api_token == offering.waldur_api_token == "token-of-the-agent"
    assert offering.uuid == offering.waldur_offering_uuid
    assert offering.backend_components_dict == {"cpu": CPU}


@pytest.mark.parametrize("name", ["timezone", "offerings", "brand_new"])
def test_the_configuration_cannot_be_changed(configuration: Any, name: str) -> None:
    with pytest.raises(ValidationError):
        setattr(configuration, name, "other")


@pytest.mark.parametrize("name", ["name", "waldur_api_token", "stored_backend_settings"])
def test_an_offering_cannot_be_changed(configuration: Any, name: str) -> None:
    with pytest.raises(ValidationError):
        setattr(configuration.offerings[0], name, "other")
    with pytest.raises(ValidationError):
        configuration.offerings[0].backend_components["cpu"].label = "other"


def test_what_a_plugin_is_given_is_its_own(configuration: Any) -> None:
    offering = configuration.offerings[0]

    offering.backend_settings["nested"]["a"].append(2)
    offering.backend_components.clear()
    offering.backend_components_dict["cpu"]["targets"]["a"] = 2

    assert offering.backend_settings == {"nested": {"a": [1]}}
    assert offering.backend_components_dict == {"cpu": CPU}


def test_secrets_are_not_in_the_representation(site: Any) -> None:
    site.write_root(
        sentry_dsn="https://sentry-key@sentry.example.org/1",
        global_proxy="http://user:proxy-password@proxy",
        offerings=[
            {
                **site.as_written,
                "oidc_client_secret": "oidc-secret",
                "backend_settings": {"password": "plugin-password"},
            }
        ],
    )

    shown = repr(site.load().configuration)

    for secret in ("sentry-key", "proxy-p", "oidc-secret", "plugin-p", "token-of-the-agent"):
        assert secret not in shown
