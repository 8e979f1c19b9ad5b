"""docs/configuration.md names every key with its default, and its example is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pydantic import BaseModel

from waldur_site_agent.backend.quota_settings import HomedirQuotaConfig
from waldur_site_agent.config import periods
from waldur_site_agent.config.components import BackendComponent
from waldur_site_agent.config.core_settings import CoreBackendSettings
from waldur_site_agent.config.membership import RemovalLimits
from waldur_site_agent.config.models import AgentConfiguration, LogShipping, Offering

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
FOUR_COLUMNS = 4
SECTIONS: dict[str, type[BaseModel]] = {
    "## The root of the file": AgentConfiguration,
    "### `log_shipping`": LogShipping,
    "## An offering": Offering,
    "### `removal_limits`": RemovalLimits,
    "### `backend_settings`": CoreBackendSettings,
    "### `backend_components`": BackendComponent,
}


def defaults_in(title: str) -> dict[str, str]:
    """The keys of a section's tables with four columns, and their defaults as they are written."""
    section = PAGE.split(f"\n{title}\n")[1].split("\n#")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    return {row[0].strip("`"): row[2] for row in rows if len(row) == FOUR_COLUMNS}


def as_documented(field: FieldInfo) -> object:
    """What the page should say about a default: words, or a value as YAML would have it."""
    if field.is_required():
        return "**required**"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel):
        return "below"
    return list(default) if isinstance(default, tuple) else default or None


def read_default(cell: str) -> object:
    """What the page says about a default; nothing stands for unset, blank and empty."""
    return yaml.safe_load(cell.strip("`")) or None if "`" in cell else cell or None


KEYS = [
    pytest.param(title, field.alias or name, field, id=f"{model.__name__}.{name}")
    for title, model in SECTIONS.items()
    for name, field in model.model_fields.items()
]


@pytest.mark.parametrize(("title", "key", "field"), KEYS)
def test_every_key_is_there_with_its_default(title: str, key: str, field: FieldInfo) -> None:
    assert read_default(defaults_in(title)[key]) == as_documented(field)


@pytest.mark.parametrize("title", SECTIONS)
def test_no_key_is_there_that_is_none(title: str) -> None:
    fields = SECTIONS[title].model_fields

    assert set(defaults_in(title)) <= {field.alias or name for name, field in fields.items()}


@pytest.mark.parametrize("key", HomedirQuotaConfig.model_fields)
def test_the_keys_of_quotas_are_there(key: str) -> None:
    assert f"`{key}`" in PAGE


@pytest.mark.parametrize("period", periods.ALL, ids=lambda one: one.variable)
def test_the_periods_are_there_with_their_defaults(period: periods.Period) -> None:
    assert f"| `{period.variable}` | `{period.default:g}` |" in PAGE


def test_the_example_is_right(site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "waldur-token").write_text("token-of-the-agent")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    site.write(PAGE.split("```yaml\n")[1].split("```")[0])

    assert site.warnings() == ()
