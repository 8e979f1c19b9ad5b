"""The ``backend_settings`` that the core reads, whatever the plugin."""

from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.config.core_settings import core_settings

DEFAULTS = {
    "allocation_prefix": "",
    "project_prefix": "",
    "customer_prefix": "",
    "default_account": "root",
    "check_backend_id_uniqueness": False,
    "check_all_offerings": False,
    "backend_id_max_retries": 50,
    "soft_delete": False,
    "default_homedir_umask": "0077",
    "enable_user_homedir_account_creation": True,
    "homedir_base_path": None,
    "homedir_quota": None,
    "periodic_limits": {"enabled": False},
    "target_api_url": None,
    "target_api_token": None,
}


def test_defaults() -> None:
    assert core_settings({}).model_dump() == DEFAULTS


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_key_without_a_value_has_its_default(key: str) -> None:
    assert core_settings({key: None}).model_dump() == DEFAULTS


def test_the_plugins_keys_are_left_alone(site: Any) -> None:
    written = {"cluster_name": "big", "nested": {"a": [1, None]}, "soft_delete": True}

    assert site.offering(backend_settings=written).backend_settings == written
    assert core_settings(written).soft_delete is True


@pytest.mark.parametrize("umask", ["0", "0000", "0077", "777", "0o22"])
def test_octal_masks(umask: str) -> None:
    assert core_settings({"default_homedir_umask": umask}).default_homedir_umask == umask


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        ("default_homedir_umask", "0888", 'an octal umask from "0000" to "0777"'),
        ("default_homedir_umask", "1777", 'an octal umask from "0000" to "0777"'),
        ("default_homedir_umask", "", 'an octal umask from "0000" to "0777"'),
        ("default_homedir_umask", 63, "text"),
        ("backend_id_max_retries", 0, "a number of at least 1"),
        ("allocation_prefix", 5, "text"),
        ("soft_delete", "maybe", "true or false"),
        ("check_all_offerings", [], "true or false"),
        ("homedir_quota", "10G", "a mapping (key: value)"),
        ("target_api_token", 123456789, "text"),
    ],
)
def test_refuses(problem_of_offering: Any, key: str, written: object, expected: str) -> None:
    problem = problem_of_offering(backend_settings={key: written})

    assert (problem.key, problem.expected) == (f"backend_settings.{key}", expected)
    assert "123456789" not in str(problem)


def test_an_unquoted_umask_is_explained(site: Any) -> None:
    path = site.write_offerings({"backend_settings": {"default_homedir_umask": "MASK"}})
    site.write(path.read_text().replace("MASK", "0077"))

    (problem,) = site.problems()

    assert problem.hint == "Put it in quotes, so that YAML takes it as text."
