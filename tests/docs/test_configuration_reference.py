"""docs/configuration-reference.md has every key of every shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from waldur_site_agent.config.models import AgentConfiguration, Offering
from waldur_site_agent_slurm.schemas import SlurmBackendSettingsSchema
from waldur_site_agent_testkit.manual.configuration import page

PAGE = (Path(__file__).parents[2] / "docs" / "configuration-reference.md").read_text()
MODELS = (AgentConfiguration, Offering, SlurmBackendSettingsSchema)


@pytest.mark.parametrize("model", MODELS)
def test_every_key_is_there(model: type) -> None:
    keys = [field.alias or name for name, field in model.model_fields.items()]

    assert [key for key in keys if f"| `{key}` |" not in PAGE] == []


@pytest.mark.parametrize(
    "row",
    [
        "| `name` | text, not empty | **required** |",
        "| `waldur_timeout_seconds` | number, above 0 | `60.0` |",
        "| `log_shipping` | mapping | below |",
        "| `accounting_type` | `usage`, `limit`, `one` | **required** |",
        "| `http_port` | whole number, at least 1, at most 65535 |",
        "| `offerings` | list of mapping | **required** |",
    ],
)
def test_values_are_told_in_words(row: str) -> None:
    assert row in page()
