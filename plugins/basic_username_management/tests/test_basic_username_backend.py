"""The username backend ``base``."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from waldur_site_agent.config.models import Offering
from waldur_site_agent_basic_username_management.backend import BasicUsernameManagementBackend

if TYPE_CHECKING:
    import pytest


def make_offering(name: str) -> Offering:
    return Offering.model_validate(
        {
            "name": name,
            "waldur_api_url": "https://waldur.example.org/api/",
            "waldur_api_token": "t0",
            "waldur_offering_uuid": uuid4().hex,
            "backend_type": "slurm",
        }
    )


def make_user() -> Any:
    return SimpleNamespace(uuid=uuid4(), username="", user_username="ada@idp.example.org")


def test_is_installed_under_the_name_base() -> None:
    (found,) = entry_points(group="waldur_site_agent.username_management_backends", name="base")

    assert found.load() is BasicUsernameManagementBackend


def test_names_nobody() -> None:
    backend = BasicUsernameManagementBackend(backend_settings={}, offering=make_offering("A"))

    assert backend.get_username(make_user()) is None
    assert backend.generate_username(make_user()) == ""
    assert backend.get_or_create_username(make_user()) == ""


def test_says_once_for_each_offering_that_users_stay_nameless(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = make_offering("First"), make_offering("Second")

    with caplog.at_level(logging.WARNING, logger="waldur_site_agent.backend"):
        for offering in (first, first, second, first):
            backend = BasicUsernameManagementBackend(backend_settings={}, offering=offering)
            backend.get_or_create_username(make_user())
            backend.get_or_create_username(make_user())

    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert "'First'" in told[0]
    assert "'Second'" in told[1]
    assert "ada@" not in caplog.text
