"""Effective settings as YAML and JSON have them, whatever a plugin's schema makes of values."""

from __future__ import annotations

import json
from typing import Any

import yaml

from waldur_site_agent.plugins.showing import shown

SCHEMA = """
    from datetime import date
    from decimal import Decimal
    from enum import Enum
    from pathlib import Path
    from typing import Any
    from pydantic import BaseModel, SecretStr
    from waldur_site_agent.config.plugin_schemas import PluginBackendSettingsSchema

    class Colour(Enum):
        RED = "red"

    class Settings(PluginBackendSettingsSchema):
        passphrase_of_the_day: SecretStr = SecretStr("hush-hush")
        colour: Colour = Colour.RED
        folder: Path = Path("/srv")
        since: date = date(2026, 1, 1)
        share: Decimal = Decimal("0.5")
        names: set[str] = {"a"}
        by_number: dict[int, Any] = {1: (True, None)}
"""


def test_whatever_a_schema_makes_of_values(distributions: Any, site: Any) -> None:
    distributions.install(SCHEMA, settings_schemas={"demo": "Settings"})

    settings = shown(site.load({"backend_type": "demo"}))["offerings"][0]["backend_settings"]

    assert settings == {
        "passphrase_of_the_day": "***",
        "colour": "red",
        "folder": "/srv",
        "since": "2026-01-01",
        "share": "0.5",
        "names": ["a"],
        "by_number": {"1": [True, None]},
    }
    assert json.loads(json.dumps(settings)) == yaml.safe_load(yaml.safe_dump(settings)) == settings


def test_what_came_from_outside_is_hidden_under_keys_that_are_no_text(
    site: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("OUTSIDE", "hush-hush")
    path = site.write({"backend_settings": {"nodes": {1: "OUTSIDE", 2: "x"}}})
    path.write_text(path.read_text().replace("OUTSIDE", "!env OUTSIDE"))

    settings = shown(site.read())["offerings"][0]["backend_settings"]

    assert settings == {"nodes": {"1": "***", "2": "x"}}
