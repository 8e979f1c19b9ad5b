"""Secrets from outside the file, and secrets that are never shown."""

from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.config.secrets import hidden, redact, sounds_secret

TOKEN = "token-from-elsewhere"


@pytest.fixture
def written(site: Any) -> Any:
    """Writes the offering with this as its token; answers with the offering, or its problem."""

    def write(tag: str) -> Any:
        path = site.write_offerings({"waldur_api_token": "TAG"})
        site.write(path.read_text().replace("waldur_api_token: TAG", f"waldur_api_token: {tag}"))
        return site

    return write


def token(site: Any) -> str:
    (offering,) = site.load().configuration.offerings
    read: str = offering.waldur_api_token
    return read


def test_env(written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALDUR_TOKEN", TOKEN)

    assert token(written("!env WALDUR_TOKEN")) == TOKEN


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_file_beside_the_configuration_or_anywhere(
    written: Any, tmp_path: Any, ending: str
) -> None:
    secret = tmp_path / "token"
    secret.write_bytes(TOKEN.encode() + ending.encode())

    assert token(written("!file token")) == TOKEN
    assert token(written(f"!file {secret}")) == TOKEN


def test_credential(written: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "waldur-token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))

    assert token(written("!credential waldur-token")) == TOKEN


def test_tags_work_wherever_a_value_can_be(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGIN_PASSWORD", "of-the-plugin")
    path = site.write_offerings({"backend_settings": {"nested": [{"password": "TAG"}]}})
    site.write(path.read_text().replace("TAG", "!env PLUGIN_PASSWORD"))

    (offering,) = site.load().configuration.offerings

    assert offering.backend_settings == {"nested": [{"password": "of-the-plugin"}]}


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        (
            "!env NOT_SET_ANYWHERE",
            (
                "!env NOT_SET_ANYWHERE, which is not set",
                "an environment variable of the agent's process",
            ),
        ),
        ("!env ''", ("!env without a name", "!env NAME")),
        ("!file ''", ("!file without a path", "!file PATH")),
        (
            "!file missing",
            ("!file missing, which cannot be read (No such file or directory)", "a readable file"),
        ),
        ("!file .", ("!file ., which cannot be read (Is a directory)", "a readable file")),
        (
            "!file binary",
            ("!file binary, which cannot be read (not text in UTF-8)", "a readable file"),
        ),
        ("!file huge", ("!file huge, which is larger than 1 MiB", "a file with one secret")),
        (
            "!credential token",
            (
                "!credential token, but $CREDENTIALS_DIRECTORY is not set",
                "a service that systemd starts with LoadCredential=token:…",
            ),
        ),
        ("!credential ../token", ("!credential ../token", "!credential NAME, without slashes")),
        ("!credential ..", ("!credential ..", "!credential NAME, without slashes")),
        ("!env [A, B]", ("!env without a name", "!env NAME")),
    ],
)
def test_what_cannot_be_read_is_the_only_problem(
    written: Any,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    tag: str,
    told: tuple[str, str],
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "huge").write_bytes(b"a" * (1024 * 1024 + 1))

    (problem,) = written(tag).problems()

    assert (problem.key, problem.line) == ("waldur_api_token", 4)
    assert (problem.found, problem.expected) == told


def test_a_blank_variable_is_no_token(written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALDUR_TOKEN", "")

    (problem,) = written("!env WALDUR_TOKEN").problems()

    assert problem.expected.startswith("waldur_api_token, or")


def test_a_tag_that_nobody_knows_is_not_quoted(written: Any) -> None:
    problem = next(p for p in written("!hush-hush").problems() if p.found == "an unknown tag (!…)")

    assert problem.hint == "If it is text that begins with an exclamation mark, put it in quotes."
    assert "hush" not in str(problem)


def test_an_offering_whose_name_cannot_be_read_is_numbered(site: Any) -> None:
    path = site.write_offerings({"name": "TAG"})
    site.write(path.read_text().replace("TAG", "!env NOT_SET_ANYWHERE"))

    (problem,) = site.problems()

    assert problem.offering == "number 1"


@pytest.mark.parametrize("key", ["oidc_token_url", "stomp_ws_port", "verify_ssl"])
def test_a_wrong_value_from_outside_is_not_shown(
    site: Any, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SECRET", "hush-hush")
    path = site.write_offerings({key: "TAG"})
    site.write(path.read_text().replace("TAG", "!env SECRET"))

    (problem,) = site.problems()

    assert problem.found == "a value that is not shown"
    assert "hush" not in str(problem)


def test_a_secret_is_not_shown_in_the_message_about_another_key(site: Any) -> None:
    site.write_offerings({"waldur_api_url": "token-of-the-agent@waldur.example.org"})

    (problem,) = site.problems()

    assert problem.found == '"***@waldur.example.org"'


def test_the_password_of_a_proxy_is_not_shown(site: Any) -> None:
    site.write_root(global_proxy="ftp://user:hush-hush@proxy")

    (problem,) = site.problems()

    assert problem.found == '"ftp://***@proxy"'


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_file_that_everybody_can_read(site: Any, mode: int, *, warned: bool) -> None:
    path = site.write_root(sentry_dsn="https://key@sentry.example.org/1")
    path.chmod(mode)

    warnings = site.warnings()

    assert len(warnings) == warned
    for warning in warnings:
        assert warning.found == "2 secret(s) in a file that everybody on the machine can read"
        assert f"chmod 600 {path}" in warning.hint
        assert not warning.fails_check


def test_a_file_for_everybody_without_secrets_is_fine(
    written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALDUR_TOKEN", TOKEN)
    site = written("!env WALDUR_TOKEN")
    site.path.chmod(0o644)

    assert site.warnings() == ()


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("waldur_api_token", True),
        ("oidc_client_secret", True),
        ("bind_password", True),
        ("sentry_dsn", True),
        ("api_key", True),
        ("APIKEY", True),
        ("private-keys", True),
        ("bindPassword", True),
        ("robot-Token", True),
        ("PGPASSWORD", True),
        ("passcode", True),
        ("secret_value", True),
        ("token_file", False),
        ("oidc_token_url", False),
        ("keyboard", False),
        ("password_policy", False),
        ("tokenizer", False),
        ("pinned", False),
        ("public_key", False),
        ("", False),
        (None, False),
        (7, False),
    ],
)
def test_names_of_secrets(key: object, *, secret: bool) -> None:
    assert sounds_secret(key) is secret


def test_hiding_keeps_the_shape_and_hides_everything_below_a_secret() -> None:
    tree = {
        "token": "t0k3n",
        "credentials": [{"user": "u", "n": 5}, True, None, ""],
        "url": "https://u:p@host/",
        "plain": [1, "a"],
        "card": 12345,
    }

    assert hidden(tree, sealed={("card",)}) == {
        "token": "***",
        "credentials": [{"user": "***", "n": "***"}, True, None, ""],
        "url": "https://***@host/",
        "plain": [1, "a"],
        "card": "***",
    }


def test_longer_secrets_are_hidden_before_what_is_inside_them() -> None:
    assert redact("abcdefgh abcdef", {"abcdef", "abcdefgh"}) == "*** ***"


def test_a_secret_from_outside_is_hidden_in_messages_about_other_keys(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "hush-hush")
    path = site.write_offerings({"backend_type": "TAG", "stomp_ws_port": "hush-hush"})
    site.write(path.read_text().replace("TAG", "!env SECRET"))

    (problem,) = site.problems()

    assert problem.found == '"***"'


def test_what_cannot_be_read_is_not_told_as_a_wrong_value_too(site: Any) -> None:
    path = site.write_offerings({"stomp_ws_port": "TAG"})
    site.write(path.read_text().replace("TAG", "!env NOT_SET_ANYWHERE"))

    (problem,) = site.problems()

    assert problem.found == "!env NOT_SET_ANYWHERE, which is not set"
