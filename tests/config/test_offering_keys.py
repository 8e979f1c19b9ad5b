"""The keys of an offering: defaults, what they take, what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

TOKEN = "a token, which is one word without line breaks and other special characters"
REQUIRED = ("name", "waldur_api_url", "waldur_offering_uuid", "backend_type")
DEFAULTS = {
    "oidc_token_url": None,
    "oidc_client_id": None,
    "oidc_client_secret": None,
    "backend_settings": {},
    "backend_components": {},
    "order_processing_backend": "",
    "membership_sync_backend": "",
    "reporting_backend": "",
    "username_management_backend": "base",
    "stomp_enabled": False,
    "stomp_membership_sync_enabled": None,
    "websocket_use_tls": True,
    "stomp_ws_host": None,
    "stomp_ws_port": None,
    "stomp_ws_path": None,
    "resource_import_enabled": False,
    "username_reconciliation_enabled": False,
    "preserve_unmanaged_backend_users": False,
    "protected_users": ("root",),
    "limits_owner": "backend",
    "omit_anomalous_usage_components": False,
    "verify_ssl": True,
    "ca_bundle": None,
}
FLAGS = [key for key, value in DEFAULTS.items() if isinstance(value, bool)]
BRAKES = {
    "resource_number": 5,
    "resource_share": 0.5,
    "offering_number": 20,
    "offering_share": 0.25,
}
OIDC = {
    "waldur_api_token": "",
    "oidc_token_url": "https://idp.example.org/token",
    "oidc_client_id": "agent",
    "oidc_client_secret": "hush-hush",
}


def test_defaults(site: Any) -> None:
    values = site.offering().model_dump(by_alias=True)

    given = {key: values.pop(key) for key in (*REQUIRED, "waldur_api_token")}
    assert values == {**DEFAULTS, "removal_limits": BRAKES}
    assert given == site.as_written


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_key_without_a_value_has_its_default(site: Any, key: str) -> None:
    assert getattr(site.offering(**{key: None}), key) == DEFAULTS[key]


@pytest.mark.parametrize("key", REQUIRED)
@pytest.mark.parametrize("written", [None, "", "  "])
def test_what_is_required(problem_of_offering: Any, key: str, written: str | None) -> None:
    assert problem_of_offering(**{key: written}).key == key


@pytest.mark.parametrize(
    ("key", "written", "read"),
    [
        ("name", " HPC ", "HPC"),
        ("waldur_api_url", "https://puhuri.csc.fi/api", "https://puhuri.csc.fi/api/"),
        ("waldur_api_url", "http://waldur.example.jp/api//", "http://waldur.example.jp/api/"),
        ("waldur_offering_uuid", "d629d5e45567425da9cdbdc1af67b32c",
         "d629d5e45567425da9cdbdc1af67b32c"),
        ("backend_type", " Slurm ", "slurm"),
        ("order_processing_backend", " slurm ", "slurm"),
        ("username_management_backend", "", ""),
        ("stomp_membership_sync_enabled", False, False),
        ("stomp_ws_port", 1, 1),
        ("stomp_ws_port", 65535, 65535),
        ("stomp_ws_host", " ", None),
        ("stomp_ws_path", "/ws", "/ws"),
        ("protected_users", ["root", " svc-* "], ("root", "svc-*")),
        ("protected_users", [], ()),
        ("limits_owner", "waldur", "waldur"),
    ],
)  # fmt: skip
def test_takes(site: Any, key: str, written: object, read: object) -> None:
    assert getattr(site.offering(**{key: written}), key) == read


@pytest.mark.parametrize("key", FLAGS)
def test_flags_are_taken_and_refused(site: Any, problem_of_offering: Any, key: str) -> None:
    assert getattr(site.offering(**{key: not DEFAULTS[key]}), key) is not DEFAULTS[key]
    assert problem_of_offering(**{key: "maybe"}).expected == "true or false"


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        ("name", 5, "text"),
        ("waldur_api_url", "waldur.example.org/api/", "a URL that begins with http:// or https://"),
        ("waldur_api_url", "https://", "a URL that begins with http:// or https://"),
        ("waldur_api_token", 12345678, "text"),
        ("waldur_api_token", "two words", TOKEN),
        ("waldur_api_token", "one\ntwo", TOKEN),
        ("waldur_api_url", "https://h:0/api/", "a URL that begins with http:// or https://"),
        ("stomp_ws_port", 0, "a number of at least 1"),
        (
            "stomp_ws_host",
            "wss://mq.example.org",
            "a host's name or address alone, such as waldur.example.org",
        ),
        (
            "stomp_ws_host",
            "mq.example.org/ws",
            "a host's name or address alone, such as waldur.example.org",
        ),
        ("stomp_ws_port", 65536, "a number of at most 65535"),
        ("stomp_ws_port", "http", "a whole number"),
        ("backend_settings", ["a"], "a mapping (key: value)"),
        ("backend_components", "cpu", "a mapping (key: value)"),
        ("ca_bundle", "/nowhere/ca.pem", "a file or folder that can be read"),
        ("protected_users", "root", "a list"),
        ("limits_owner", "nobody", "'backend' or 'waldur'"),
        ("removal_limits", 3, "a mapping (key: value)"),
    ],
)
def test_refuses(problem_of_offering: Any, key: str, written: object, expected: str) -> None:
    problem = problem_of_offering(**{key: written})

    assert (problem.offering is not None, problem.key) == (True, key)
    assert problem.expected == expected


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        ("resource_number", -1, "a number of at least 0"),
        ("resource_share", 1.1, "a number of at most 1.0"),
        ("offering_number", 0.5, "a whole number"),
        ("offering_share", -0.1, "a number of at least 0.0"),
    ],
)
def test_brakes_refuse(problem_of_offering: Any, key: str, written: object, expected: str) -> None:
    problem = problem_of_offering(removal_limits={key: written})

    assert (problem.key, problem.expected) == (f"removal_limits.{key}", expected)


def test_signs_in_with_a_token_or_with_all_of_oidc(site: Any) -> None:
    assert site.offering(**OIDC).oidc_client_id == "agent"
    assert site.offering(**{**OIDC, "waldur_api_token": "token"}).api_token == "token"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"waldur_api_token": " "},
            "waldur_api_token, or oidc_token_url, oidc_client_id and oidc_client_secret",
        ),
        (
            {**OIDC, "oidc_client_secret": ""},
            "waldur_api_token, or oidc_client_secret beside the other OIDC keys",
        ),
    ],
)
def test_a_missing_credential_is_named(
    problem_of_offering: Any, changes: dict[str, str], expected: str
) -> None:
    assert problem_of_offering(**changes).expected == expected
