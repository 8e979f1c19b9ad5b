"""The README is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from waldur_site_agent_mup.schemas import (
    DEFAULT_TYPE,
    MupBackendSettingsSchema,
    MupComponentSchema,
)
from waldur_site_agent_mup.settings import MupSettings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)[0]
CHECK = (Path(sys.executable).parent / "waldur_site_agent", "config", "check", "-c")


@pytest.mark.parametrize(
    "key", [*MupBackendSettingsSchema.model_fields, *MupComponentSchema.model_fields]
)
def test_every_setting_is_in_the_readme(key: str) -> None:
    assert f"`{key}`" in README


def test_the_defaults_in_the_readme_are_the_defaults() -> None:
    given = MupSettings.from_dict({"api_url": "https://m", "username": "u", "password": "p"})
    for key, value in {
        "allocation_prefix": given.allocation_prefix,
        "default_research_field": given.default_research_field,
        "default_agency": given.default_agency,
        "default_storage_limit": given.storage_limit,
        "default_project_days": given.project_days,
        "user_funding_agency_prefix": given.funding_prefix,
        "users_accept_terms": str(given.terms_accepted).lower(),
        "default_user_gender": given.user_defaults.gender,
        "timeout_seconds": f"{given.timeout_seconds:g}",
        "retries": given.retries,
        "retry_wait_seconds": f"{given.retry_wait_seconds:g}",
        "mup_allocation_type": DEFAULT_TYPE,
    }.items():
        row = next(line for line in README.splitlines() if line.startswith(f"| `{key}` "))
        assert row.split("|")[3].strip() == f"`{value}`"


def check(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    for name in ("waldur-token", "mup-password"):
        (folder / name).write_text("a-secret-word")
    file = folder / "config.yaml"
    file.write_text(text)
    file.chmod(0o600)
    return subprocess.run(  # noqa: S603 - the agent's own command
        [*CHECK, file],
        capture_output=True,
        text=True,
        check=False,
        env={"CREDENTIALS_DIRECTORY": str(folder)},
    )


def test_the_example_is_accepted(tmp_path: Path) -> None:
    checked = check(tmp_path, EXAMPLE)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "a-secret-word" not in checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://mup.example.org/", "mup.example.org", "api_url"),
        ("      username: waldur-agent\n", "", "username"),
        ('"1.2": 17', '"1.2": biology', "research_fields"),
        ("mup_allocation_type: Deucalion GPU", 'mup_allocation_type: ""', "mup_allocation_type"),
        (
            "accounting_type: limit\n        label: GPU",
            "accounting_type: usage\n        label: GPU",
            "accounting_type",
        ),
        ("users_accept_terms", "users_acept_terms", "users_acept_terms"),
        ("unit_factor: 1000", "unit_factor: 0", "unit_factor"),
    ],
)
def test_mistakes_are_found(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in EXAMPLE

    checked = check(tmp_path, EXAMPLE.replace(old, new))

    told = checked.stdout + checked.stderr
    assert checked.returncode != 0, told
    assert said in told
    assert "Traceback" not in told


def costs(of: str) -> str:
    row = next(line for line in README.splitlines() if line.startswith(f"| {of}"))
    return row.split("|")[2].strip()


def test_the_requests_in_the_readme_are_made(make: Any) -> None:
    setting = make()
    setting.mup.add_user("pia", keys=["pia"])
    resource = setting.create(cpu=1, gpu=1)
    assert costs("first resource of a grant") == str(len(setting.mup.asked))

    setting.forget()
    setting.world.order_update(resource, {"cpu": 2, "gpu": 2})
    setting.run()
    assert costs("update of both sizes") == str(len(setting.mup.asked))

    setting.create("b", cpu=1, gpu=1)
    setting.forget()
    setting.sync()
    assert costs("membership pass") == "1 + 2 P"
    assert len(setting.mup.asked) == 1 + 2 * 1

    setting.forget()
    setting.report()
    assert costs("report") == "1 + 2 P + R * C"
    assert len(setting.mup.asked) == 1 + 2 * 1 + 2 * 2
