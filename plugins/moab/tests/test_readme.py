from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from waldur_site_agent.plugins.configured import load
from waldur_site_agent_moab.commands import PROGRAMS
from waldur_site_agent_moab.schemas import MoabBackendSettingsSchema
from waldur_site_agent_moab.settings import MoabSettings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EXAMPLE = README.partition("```yaml\n")[2].partition("```")[0]


class Asked(dict[str, Any]):
    """Settings that remember which keys were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, default: object = None) -> object:
        self.names.add(key)
        return default


@pytest.mark.parametrize("key", sorted(MoabBackendSettingsSchema.model_fields))
def test_every_setting_is_in_the_readme(key: str) -> None:
    assert f"`{key}`" in README


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_is_among_the_rights(program: str) -> None:
    assert f"`{program}`" in README.partition("## Rights")[2]


def test_every_setting_that_is_read_may_be_given() -> None:
    asked = Asked()
    MoabSettings.from_dict(asked)
    assert asked.names <= set(MoabBackendSettingsSchema.model_fields)
    assert "mam_timezone" in asked.names


def test_the_default_in_the_readme_is_the_default() -> None:
    row = next(line for line in README.splitlines() if "| `command_timeout_seconds`" in line)
    assert row.split("|")[3].strip() == f"`{MoabSettings().command_timeout_seconds:g}`"


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What ``config check`` says of the README's example, with some settings changed."""
    (tmp_path / "waldur-token").write_text("secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    def check(**changes: Any) -> list[str]:
        file = tmp_path / "config.yaml"
        lines = [f"      {key}: {value}" for key, value in changes.items()]
        file.write_text(
            EXAMPLE.replace(
                "    backend_components:", "\n".join([*lines, "    backend_components:"])
            )
        )
        file.chmod(0o600)
        return [p.text() for p in load(file).problems if p.fails_check]

    return check


def test_config_check_accepts_the_example(checked: Any) -> None:
    assert (
        "deposit"
        in yaml.safe_load(EXAMPLE.replace("!credential ", ""))["offerings"][0]["backend_components"]
    )
    assert checked() == []


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("mam_timezone", "Mars/Olympus", "a time zone such as Europe/Tallinn"),
        ("command_timeout_seconds", "0", "a number above 0"),
        ("mam_bin", "/opt", "mam_bin_path"),
    ],
)
def test_config_check_tells_what_is_wrong_with_a_setting(
    checked: Any, key: str, value: str, said: str
) -> None:
    (told,) = checked(**{key: value})

    assert f"backend_settings.{key}" in told
    assert said in told
