"""Secrets do not show."""

from __future__ import annotations

import pytest

from waldur_site_agent.backend.redaction import (
    scrub_secret_query_params,
    scrub_secrets,
    show_command,
)


@pytest.mark.parametrize(
    "name",
    ["secretKey", "secret_key", "secret-key", "api_key", "apiKey", "api-key", "token", "password"],
)
def test_hides_query_parameters(name: str) -> None:
    url = f"GET https://s3.example.org/users?page=2&{name}=hunter2&uid=7 HTTP/1.1"

    shown = f"GET https://s3.example.org/users?page=2&{name}=***&uid=7 HTTP/1.1"
    assert scrub_secret_query_params(url) == shown
    assert scrub_secrets(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://agent:hunter2@db.example.org/x", "https://agent:***@db.example.org/x"),
        ("Authorization: Bearer hunter2.abc", "Authorization: Bearer ***"),
        ("{'Authorization': 'Token 0123456789abcdef'}", "{'Authorization': ***}"),
        ('{"client_secret": "hunter2", "a": 1}', '{"client_secret": ***, "a": 1}'),
        ("password=hunter2, user=ada", "password=***, user=ada"),
        ("SLURM_JWT_TOKEN=hunter2", "SLURM_JWT_TOKEN=***"),
        ("Token validation failed", "Token validation failed"),
        ("No account hpc_one, 2 users", "No account hpc_one, 2 users"),
    ],
)
def test_hides_what_looks_like_a_secret(text: str, shown: str) -> None:
    assert scrub_secrets(text) == shown


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["add", "account", "a b"], "add account 'a b'"),
        (["x", "--password", "hunter2", "y"], "x --password *** y"),
        (["x", "--api-key=hunter2"], "x '--api-key=***'"),
        (["x", "-token", "--token", "hunter2"], "x -token *** hunter2"),
    ],
)
def test_shows_a_command_as_typed(argv: list[str], shown: str) -> None:
    assert show_command(argv).replace("'--api-key=***'", "'--api-key=***'") == shown
