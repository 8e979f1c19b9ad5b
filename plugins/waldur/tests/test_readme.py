from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from waldur_site_agent.cli.main import main
from waldur_site_agent_waldur.schemas import WaldurBackendSettingsSchema
from waldur_site_agent_waldur.settings import FederationSettings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
LEGACY = {"order_poll_timeout", "order_poll_interval"}
NEEDED = {
    "target_api_url": "https://b.example.org",
    "target_api_token": "t",
    "target_offering_uuid": "1f6f4e0c-9d7b-4c55-8a35-3c5f3b1d2a10",
    "target_customer_uuid": "8a0c6f0e-2b1e-4a43-9d0f-5d2b6a7c8e21",
    "identity_bridge_source": "isd:x",
}


class Asked(dict[str, Any]):
    """Settings that remember which keys were asked for."""

    def __init__(self) -> None:
        super().__init__(NEEDED)
        self.names: set[str] = set()

    def get(self, key: str, default: object = None) -> object:
        self.names.add(key)
        return super().get(key, default)


@pytest.mark.parametrize("key", sorted(WaldurBackendSettingsSchema.model_fields))
def test_every_setting_is_in_the_readme(key: str) -> None:
    assert f"`{key}`" in README


def test_what_is_read_and_what_may_be_given_are_the_same() -> None:
    asked = Asked()
    FederationSettings.from_dict(asked)
    assert asked.names == set(WaldurBackendSettingsSchema.model_fields) - LEGACY


def test_the_defaults_in_the_readme_are_the_defaults() -> None:
    defaults = FederationSettings.from_dict(NEEDED)
    for key, value in {
        "target_timeout_seconds": f"{defaults.target.timeout_seconds:g}",
        "user_resolve_method": defaults.resolve_method,
        "user_match_field": defaults.match_field,
        "user_not_found_action": defaults.when_missing,
        "end_date_sync_direction": defaults.end_dates,
        "limit_sync_direction": defaults.limit_sync,
        "mapped_usage": defaults.mapped_usage,
    }.items():
        row = next(line for line in README.splitlines() if line.startswith(f"| `{key}` "))
        assert row.split("|")[3].strip() == f"`{value}`"


def test_the_example_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    path = tmp_path / "config.yaml"
    path.write_text(example, encoding="utf-8")
    monkeypatch.setenv("TOKEN_OF_A", "0123456789abcdef0123456789abcdef01234567")
    monkeypatch.setenv("TOKEN_OF_B", "89abcdef0123456789abcdef0123456789abcdef")
    with pytest.raises(SystemExit) as ended:
        main(["config", "check", "-c", str(path)])
    assert ended.value.code == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"target_api_url": ""}, "target_api_url: it is missing"),
        ({"target_offering_uuid": "abc"}, "target_offering_uuid: 'abc' is not a UUID"),
        ({"user_match_field": "shoe"}, "not one of cuid, email and username"),
        ({"identity_bridge_source": ""}, "identity_bridge_source: .* needs it"),
        ({"target_verify_ssl": "no"}, "neither true nor false"),
        ({"target_timeout_seconds": 0}, "not a number of seconds"),
        ({"role_mapping": ["a"]}, "a mapping"),
        ({"passthrough_attributes": "a"}, "a list"),
    ],
)
def test_settings_that_cannot_work_are_told(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FederationSettings.from_dict({**NEEDED, **change})
