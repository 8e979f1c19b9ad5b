from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import BaseModel

from waldur_site_agent.plugins.configured import load
from waldur_site_agent_slurm.schemas import SlurmBackendSettingsSchema
from waldur_site_agent_slurm.settings import SlurmSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def keys(schema: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """All keys of a schema, those of its blocks as ``block.key``."""
    for name, field in schema.model_fields.items():
        yield prefix + name
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from keys(kind, f"{prefix}{name}.")


class Asked(dict[str, Any]):
    """Settings that remember which keys were asked for, also in their blocks."""

    def __init__(self, prefix: str, names: set[str]) -> None:
        super().__init__()
        self._prefix = prefix
        self.names = names

    def get(self, key: str, default: object = None) -> object:
        name = self._prefix + key
        self.names.add(name)
        if key in ("qos_management", "project_directory", "lustre_quota", "periodic_limits"):
            return Asked(f"{name}.", self.names)
        return default

    def __bool__(self) -> bool:
        return True


def keys_that_are_read() -> set[str]:
    asked = Asked("", set())
    SlurmSettings.from_dict(asked)
    return asked.names


@pytest.mark.parametrize("key", sorted(keys(SlurmBackendSettingsSchema)))
def test_every_setting_is_in_the_readme(key: str) -> None:
    assert f"`{key}`" in README


def test_every_setting_that_is_read_may_be_given() -> None:
    assert keys_that_are_read() <= set(keys(SlurmBackendSettingsSchema))
    assert "project_directory.lustre_quota.mount_point" in keys_that_are_read()


def test_the_defaults_in_the_readme_are_the_defaults() -> None:
    defaults = SlurmSettings()
    for key, value in {
        "command_timeout_seconds": f"`{defaults.command_timeout_seconds:g}`",
        "job_wait_seconds": f"`{defaults.job_wait_seconds:g}`",
        "qos_default": f"`{defaults.qos_default}`",
        "slurm_bin_path": f"`{defaults.slurm_bin_path}`",
        "default_account_policy": f"`{defaults.default_account_policy}`",
        "qos_management.flags": f"`{defaults.account_qos.flags}`",
        "project_directory.base_path": f"`{defaults.project_directory.base_path}`",
        "periodic_limits.limit_type": f"`{defaults.periodic_limits.limit_type}`",
        "periodic_limits.emulator_base_url": f"`{defaults.periodic_limits.emulator_base_url}`",
    }.items():
        row = next(line for line in README.splitlines() if line.startswith(f"| `{key}` "))
        assert row.split("|")[3].strip() == value


def test_the_example_for_policies_is_as_config_check_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = [block for block in README.split("```yaml\n")[1:] if "periodic_limits:" in block]
    (example,) = [block.partition("```")[0] for block in blocks]
    for name, text in {"waldur-token": "secret", "config.yaml": example}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    configured = load(tmp_path / "config.yaml")
    assert configured.problems == ()
    (offering,) = configured.usable_offerings
    settings = SlurmSettings.from_dict(offering.backend_settings)
    assert settings.periodic_limits.enabled
