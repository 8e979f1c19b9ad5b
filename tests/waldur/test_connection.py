"""Settings: addresses stay whole, secrets stay out of sight."""

from __future__ import annotations

import pytest

from waldur_site_agent.waldur.connection import ConnectionSettings, OidcSettings
from waldur_site_agent.waldur.errors import ConfigKeys


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://waldur.example.org/api/", "https://waldur.example.org/api/"),
        ("https://waldur.example.org/api", "https://waldur.example.org/api/"),
        ("https://waldur.example.org", "https://waldur.example.org/api/"),
        ("https://waldur.example.org/", "https://waldur.example.org/api/"),
        ("https://puhuri.csc.fi/api/", "https://puhuri.csc.fi/api/"),
        ("https://cloud.example.asia/api/", "https://cloud.example.asia/api/"),
        ("https://hpc.example.jp", "https://hpc.example.jp/api/"),
        ("http://api/api/", "http://api/api/"),
        (" https://example.org/sub/api/ ", "https://example.org/sub/api/"),
        ("http://127.0.0.1:8000/api/", "http://127.0.0.1:8000/api/"),
    ],
)
def test_only_the_path_is_touched(given: str, expected: str) -> None:
    settings = ConnectionSettings(api_url=given)
    assert settings.api_url == expected
    assert f"{settings.server_url}/api/" == expected


@pytest.mark.parametrize("given", ["", "waldur.example.org/api/", "ftp://x/api/", "https://x:y/"])
def test_what_is_no_address_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(ValueError, match=r"write waldur_api_url like https://"):
        ConnectionSettings(api_url=given)


def test_an_address_that_is_none_is_named_by_its_own_key() -> None:
    with pytest.raises(ValueError, match="write target_api_url like"):
        ConnectionSettings(api_url="x", keys=ConfigKeys(url="target_api_url"))


def test_a_token_from_a_file_loses_its_line_break() -> None:
    assert ConnectionSettings(api_url="https://x", token="abc\n").token == "abc"


@pytest.mark.parametrize("token", ["a\nb", "a b", "é"])
def test_a_token_that_fits_no_header_is_refused_without_being_told(token: str) -> None:
    with pytest.raises(ValueError, match="characters that no token has") as caught:
        ConnectionSettings(api_url="https://x", token=token)
    assert token not in str(caught.value)


def test_no_secret_in_the_representation() -> None:
    settings = ConnectionSettings(
        api_url="https://x",
        token="s3cret",
        proxy="http://user:pr0xy@proxy:3128",
        oidc=OidcSettings(token_url="https://idp", client_id="agent", client_secret="cl1ent"),
    )
    for text in (repr(settings), str(settings)):
        assert not any(secret in text for secret in ("s3cret", "pr0xy", "cl1ent"))
