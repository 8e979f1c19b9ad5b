"""``waldur_site_agent config``: check, show and schema."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from waldur_site_agent.cli.main import main
from waldur_site_agent.plugins.discovery import names
from waldur_site_agent.plugins.groups import Group

if TYPE_CHECKING:
    from pathlib import Path

OFFERING = {
    "name": "HPC",
    "waldur_api_url": "https://waldur.example.org/api/",
    "waldur_api_token": "token-of-the-agent",
    "waldur_offering_uuid": "d629d5e4-5567-425d-a9cd-bdc1af67b32c",
    "backend_type": "slurm",
    "order_processing_backend": "slurm",
    "backend_settings": {"default_account": "root"},
}
OTHER = {
    **OFFERING,
    "name": "Cloud",
    "waldur_offering_uuid": "00000000-5567-425d-a9cd-bdc1af67b32c",
}
UNKNOWN_BACKEND = (
    'found no installed distribution provides the backend "slrum"; '
    "expected the name of an installed backend"
)
CPU = {"measured_unit": "k-Hours", "accounting_type": "limit", "label": "CPU"}


@dataclass
class Told:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


@pytest.fixture
def config(path: Path) -> Any:
    """Runs a ``config`` command on a file with this root, or this text."""

    def run(command: str, content: object, *options: str) -> Told:
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        path.write_text(text)
        path.chmod(0o600)
        return invoke("config", command, "-c", str(path), *options)

    return run


def invoke(*arguments: str) -> Told:
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    return Told(result.exit_code, result.stdout, result.stderr)


def test_check_of_a_file_that_is_right(config: Any, path: Path) -> None:
    told = config("check", {"offerings": [OFFERING]})

    assert told == Told(0, f"{path}: all is well.\n", "")


def test_check_groups_problems_by_offering_and_counts_them(config: Any, path: Path) -> None:
    offerings = [
        {**OFFERING, "stomp_ws_port": 0},
        {**OTHER, "order_processing_backend": "slrum"},
    ]

    told = config("check", {"reporting_periods": 13, "log_levl": "INFO", "offerings": offerings})

    assert told.code == 1
    assert told.out.replace(str(path), "FILE").splitlines() == [
        "FILE:1: error: reporting_periods: found 13; expected a number of at most 12",
        "FILE:2: warning: log_levl: found an unknown key, which has no effect",
        '    Did you mean "log_level"?',
        'Offering "HPC":',
        "FILE:12: error: stomp_ws_port: found 0; expected a number of at least 1",
        'Offering "Cloud":',
        f"FILE:18: error: order_processing_backend: {UNKNOWN_BACKEND}",
        f'    Did you mean "slurm"? Installed: {", ".join(sorted(names(Group.BACKENDS)))}.',
        "FILE: 3 errors, 1 warning.",
    ]


def test_check_fails_on_unknown_keys(config: Any, path: Path) -> None:
    told = config("check", {"mqtt_enabled": True, "offerings": [OFFERING]})

    assert told.code == 1
    assert told.out.endswith(f"{path}: 0 errors, 1 warning.\n")


def test_check_does_not_fail_on_advice(config: Any, path: Path) -> None:
    told = config("check", {"offerings": []})

    assert told.code == 0
    assert told.out.endswith(f"{path}: 0 errors, 1 warning; usable as it is.\n")


def test_check_as_json(config: Any, path: Path) -> None:
    told = config("check", {"offerings": [{**OFFERING, "stomp_ws_port": 0}]}, "--json")

    answer = json.loads(told.out)
    assert told.code == 1
    assert {key: answer[key] for key in ("file", "ok", "errors", "warnings")} == {
        "file": str(path),
        "ok": False,
        "errors": 1,
        "warnings": 0,
    }
    (problem,) = answer["problems"]
    assert (problem["offering"], problem["key"], problem["line"]) == ("HPC", "stomp_ws_port", 10)


def test_check_as_json_of_a_file_that_is_right(config: Any) -> None:
    answer = json.loads(config("check", {"offerings": [OFFERING]}, "--json").out)

    assert (answer["ok"], answer["problems"]) == (True, [])


@pytest.mark.parametrize("command", ["check", "show"])
def test_a_file_that_is_not_there(tmp_path: Path, command: str) -> None:
    told = invoke("config", command, "-c", str(tmp_path / "missing.yaml"))

    assert told.code == 1
    assert "no file that can be read (No such file or directory)" in told.out + told.err


ODD_FILES = ["", "[]", "42", "text", "a: b: c", "\t", "!!set {a}", "offerings: [5]", "!env HOME"]


@pytest.mark.parametrize("content", ODD_FILES)
@pytest.mark.parametrize("command", ["check", "show"])
def test_odd_files_are_told_without_a_traceback(config: Any, command: str, content: str) -> None:
    told = config(command, content)

    assert told.code == 1
    assert "error: " in told.out + told.err


def test_show_prints_what_the_agent_reads(config: Any) -> None:
    offering = {**OFFERING, "backend_components": {"cpu": CPU}, "backend_type": "Slurm"}

    told = config("show", {"log_level": "debug", "offerings": [offering]})

    shown = yaml.safe_load(told.out)
    assert told.code == 0
    assert (shown["log_level"], shown["timezone"]) == ("DEBUG", "UTC")
    (first,) = shown["offerings"]
    assert (first["backend_type"], first["waldur_api_token"]) == ("slurm", "***")
    assert first["backend_components"] == {"cpu": CPU}
    assert first["backend_settings"]["default_homedir_umask"] == "0077"


def test_show_hides_secrets_everywhere(config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_OUTSIDE", "hush-outside")
    settings = {
        "target_api_token": "hush-target",
        "ldap": {"bind_password": "hush-ldap", "servers": [{"apiKey": "hush-key"}]},
        "url": "https://user:hush-url@host/",
    }
    root = {
        "sentry_dsn": "https://hush-sentry@sentry.example.org/1",
        "global_proxy": "http://user:hush-proxy@proxy:3128",
        "offerings": [
            {
                **OFFERING,
                "waldur_api_token": "hush-token",
                "oidc_client_secret": "hush-oidc",
                "backend_settings": settings,
                "stomp_ws_host": "OUTSIDE",
            }
        ],
    }
    text = yaml.safe_dump(root).replace("OUTSIDE", "!env FROM_OUTSIDE")

    as_yaml, as_json = config("show", text), config("show", text, "--json")

    assert "hush" not in as_yaml.out + as_yaml.err + as_json.out + as_json.err
    assert yaml.safe_load(as_yaml.out) == json.loads(as_json.out)
    assert as_yaml.out.count("***") == 9


def test_show_of_a_file_with_an_unusable_offering(config: Any) -> None:
    broken = {**OTHER, "order_processing_backend": "slrum"}

    told = config("show", {"offerings": [OFFERING, broken]})

    assert told.code == 1
    assert [one["name"] for one in yaml.safe_load(told.out)["offerings"]] == ["HPC", "Cloud"]
    assert told.err.startswith('Offering "Cloud":\n')


def test_show_of_a_file_that_cannot_be_used(config: Any) -> None:
    told = config("show", {"timezone": "Mars", "offerings": [OFFERING]})

    assert (told.code, told.out) == (1, "")
    assert "error: timezone" in told.err


@pytest.fixture(scope="module")
def schema() -> Any:
    told = invoke("config", "schema")
    assert (told.code, told.err) == (0, "")
    return jsonschema.Draft202012Validator(json.loads(told.out))


def places(schema: Any, root: object) -> set[str]:
    """Where a configuration does not agree with the schema."""
    return {"/".join(map(str, error.absolute_path)) for error in schema.iter_errors(root)}


def test_the_schema_is_one(schema: Any) -> None:
    schema.check_schema(schema.schema)


def test_the_schema_agrees_with_what_is_right(schema: Any) -> None:
    components = {"cpu": {**CPU, "unit_factor": 60000}}

    assert places(schema, {"offerings": [{**OFFERING, "backend_components": components}]}) == set()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"stomp_ws_port": 0}, "offerings/0/stomp_ws_port"),
        ({"backend_setings": {}}, "offerings/0"),
        ({"name": None}, "offerings/0/name"),
        ({"order_processing_backend": "slrum"}, "offerings/0/order_processing_backend"),
        ({"username_management_backend": "bse"}, "offerings/0/username_management_backend"),
        ({"removal_limits": {"resource_numbers": 1}}, "offerings/0/removal_limits"),
        ({"backend_settings": {"qos_defualt": "x"}}, "offerings/0/backend_settings"),
        ({"backend_settings": {"soft_delete": 5}}, "offerings/0/backend_settings/soft_delete"),
        ({"backend_components": {"cpu": {}}}, "offerings/0/backend_components/cpu"),
    ],
)
def test_the_schema_finds_what_is_wrong(schema: Any, change: dict[str, Any], place: str) -> None:
    assert place in places(schema, {"offerings": [{**OFFERING, **change}]})


def test_the_schema_finds_unknown_and_wrong_keys_of_the_root(schema: Any) -> None:
    root = {
        "mqtt_enabled": True,
        "offerings": [],
        "reporting_periods": 13,
        "log_shipping": {"x": 1},
    }

    assert places(schema, root) == {"", "reporting_periods", "log_shipping"}


def test_the_schema_says_what_keys_are_for(schema: Any) -> None:
    offering = schema.schema["$defs"]["Offering"]["properties"]

    assert all(key.get("description") for key in offering.values())


def test_a_schema_that_does_not_load_is_left_out_and_named(tmp_path: Path) -> None:
    info = tmp_path / "demo-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[waldur_site_agent.backend_settings_schemas]\nbroken = demo_not_there:Settings\n"
    )

    answer = subprocess.run(
        [sys.executable, "-m", "waldur_site_agent", "config", "schema"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode == 0
    assert answer.stderr.startswith('left out: settings schema "broken" of demo 1.2')
    assert "Offering" in json.loads(answer.stdout)["$defs"]
