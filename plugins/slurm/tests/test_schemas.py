"""What ``config check`` says of an offering's settings."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from waldur_site_agent_slurm.schemas import SlurmBackendSettingsSchema


def mistakes(settings: dict[str, Any]) -> list[tuple[str, str]]:
    """Keys with what is wrong with them."""
    with pytest.raises(ValidationError) as caught:
        SlurmBackendSettingsSchema.model_validate(settings)
    return [(".".join(map(str, one["loc"])), one["msg"]) for one in caught.value.errors()]


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ({"execution_mode": "rest"}, "execution_mode", "speaks to Slurm by its commands only"),
        ({"periodic_limits": {"enabled": "perhaps"}}, "periodic_limits.enabled", "boolean"),
        ({"periodic_limits": {"limit_type": "GrpWall"}}, "periodic_limits.limit_type", "GrpTRES"),
        ({"periodic_limits": {"limit_typ": "GrpTRES"}}, "periodic_limits.limit_typ", "Extra"),
        (
            {"periodic_limits": {"emulator_base_url": "localhost"}},
            "periodic_limits.emulator_base_url",
            "https?://",
        ),
    ],
)
def test_a_mistake_is_told_by_its_key(settings: dict[str, Any], key: str, words: str) -> None:
    ((found, said),) = mistakes(settings)
    assert found == key
    assert words in said


def test_the_settings_of_the_1x_agent_are_taken() -> None:
    block = {
        "enabled": True,
        "emulator_mode": False,
        "emulator_base_url": "http://localhost:8080",
        "limit_type": "MaxTRESMins",
    }
    SlurmBackendSettingsSchema.model_validate({"periodic_limits": block})
