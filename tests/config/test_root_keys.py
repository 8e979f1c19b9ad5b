"""The keys at the root of the file: defaults, what they take, what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

DEFAULTS = {
    "sentry_dsn": None,
    "elastic_apm_server_url": None,
    "timezone": "UTC",
    "global_proxy": "",
    "ca_bundle": None,
    "waldur_timeout_seconds": 60.0,
    "log_level": "INFO",
    "reporting_periods": 2,
    "api_key_final_report_days": 3,
    "expose_backend_error_details": True,
    "http_host": "127.0.0.1",
    "http_port": None,
}
SHIPPING_DEFAULTS = {
    "enabled": False,
    "ship_interval_seconds": 60,
    "buffer_size_mb": 1,
    "log_level": "WARNING",
}


def test_defaults(site: Any) -> None:
    values = site.root().model_dump()

    del values["offerings"]
    assert values == {**DEFAULTS, "log_shipping": SHIPPING_DEFAULTS}


@pytest.mark.parametrize("key", [*DEFAULTS, "log_shipping"])
def test_a_key_without_a_value_has_its_default(site: Any, key: str) -> None:
    assert getattr(site.root(**{key: None}), key) == getattr(site.root(), key)


@pytest.mark.parametrize(
    ("key", "written", "read"),
    [
        ("sentry_dsn", "https://key@sentry.example.org/1", "https://key@sentry.example.org/1"),
        ("sentry_dsn", "", None),
        ("elastic_apm_server_url", "http://apm:8200", "http://apm:8200"),
        ("elastic_apm_server_url", "  ", None),
        ("timezone", "Europe/Tallinn", "Europe/Tallinn"),
        ("global_proxy", "http://proxy.example.org:3128", "http://proxy.example.org:3128"),
        ("global_proxy", "socks5://proxy:1080", "socks5://proxy:1080"),
        ("waldur_timeout_seconds", 0.5, 0.5),
        ("waldur_timeout_seconds", "90", 90.0),
        ("log_level", "debug", "DEBUG"),
        ("log_level", " Critical ", "CRITICAL"),
        ("reporting_periods", 1, 1),
        ("reporting_periods", 12, 12),
        ("api_key_final_report_days", 0, 0),
        ("api_key_final_report_days", 28, 28),
        ("expose_backend_error_details", False, False),
        ("expose_backend_error_details", "no", False),
        ("http_host", " ::1 ", "::1"),
        ("http_port", 9100, 9100),
        ("http_port", "9100", 9100),
    ],
)
def test_takes(site: Any, key: str, written: object, read: object) -> None:
    assert getattr(site.root(**{key: written}), key) == read


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        ("sentry_dsn", "sentry.example.org", "a URL that begins with http:// or https://"),
        ("elastic_apm_server_url", "ftp://apm", "a URL that begins with http:// or https://"),
        ("elastic_apm_server_url", "http://[::1", "a URL that begins with http:// or https://"),
        ("elastic_apm_server_url", "http://apm:port", "a URL that begins with http:// or https://"),
        ("timezone", "Mars/Olympus", "the name of a time zone such as Europe/Tallinn"),
        ("timezone", "Europe", "the name of a time zone such as Europe/Tallinn"),
        ("timezone", "../../etc/passwd", "the name of a time zone such as Europe/Tallinn"),
        ("global_proxy", "proxy:3128", "a proxy's URL such as"),
        ("global_proxy", "ftp://proxy", "a proxy's URL such as"),
        ("ca_bundle", "/nowhere/ca.pem", "a file or folder that can be read"),
        ("ca_bundle", "a\0b", "a file or folder that can be read"),
        ("waldur_timeout_seconds", 0, "a number above 0"),
        ("waldur_timeout_seconds", float("inf"), "a number that is not infinite"),
        ("waldur_timeout_seconds", float("nan"), "a number that is not infinite"),
        ("waldur_timeout_seconds", "soon", "a number"),
        ("log_level", "LOUD", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("log_level", 20, "text"),
        ("reporting_periods", 0, "a number of at least 1"),
        ("reporting_periods", 13, "a number of at most 12"),
        ("reporting_periods", 1.5, "a whole number"),
        ("reporting_periods", 10**80, "a number of at most 12"),
        ("api_key_final_report_days", -1, "a number of at least 0"),
        ("api_key_final_report_days", 29, "a number of at most 28"),
        ("expose_backend_error_details", "perhaps", "true or false"),
        ("http_host", "", "text that is not blank"),
        ("http_port", 0, "a number of at least 1"),
        ("http_port", 65536, "a number of at most 65535"),
        ("log_shipping", "on", "a mapping (key: value)"),
        ("offerings", None, "a value: the key is required"),
        ("offerings", {}, "a list"),
    ],
)
def test_refuses(problem_of_root: Any, key: str, written: object, expected: str) -> None:
    problem = problem_of_root(**{key: written})

    assert (problem.key, problem.line is not None) == (key, True)
    assert problem.expected.startswith(expected)


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        ("ship_interval_seconds", 9, "a number of at least 10"),
        ("buffer_size_mb", 0, "a number of at least 1"),
        ("log_level", "warn", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("enabled", "x", "true or false"),
    ],
)
def test_log_shipping_refuses(
    problem_of_root: Any, key: str, written: object, expected: str
) -> None:
    problem = problem_of_root(log_shipping={key: written})

    assert (problem.key, problem.expected) == (f"log_shipping.{key}", expected)


def test_log_shipping_takes(site: Any) -> None:
    written = {
        "enabled": True,
        "ship_interval_seconds": 10,
        "buffer_size_mb": 5,
        "log_level": "error",
    }

    assert site.root(log_shipping=written).log_shipping.model_dump() == {
        **written,
        "log_level": "ERROR",
    }


def test_a_ca_bundle_that_is_there_is_taken(site: Any, tmp_path: Any) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")

    assert site.root(ca_bundle=str(bundle)).ca_bundle == str(bundle)
    assert site.root(ca_bundle=str(tmp_path)).ca_bundle == str(tmp_path)


@pytest.mark.parametrize(
    ("key", "written", "hint"),
    [
        ("timezone", "Europe/Talin", 'Did you mean "Europe/Tallinn"?'),
        ("log_level", "warn", 'Did you mean "WARNING"?'),
        ("log_level", 20, "Put it in quotes, so that YAML takes it as text."),
    ],
)
def test_hints(problem_of_root: Any, key: str, written: object, hint: str) -> None:
    assert problem_of_root(**{key: written}).hint == hint
