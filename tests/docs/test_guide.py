"""docs/plugin-development-guide.md says what the contract says."""

from __future__ import annotations

import re
from pathlib import Path

from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.units import to_backend_units

GUIDE = (Path(__file__).parents[2] / "docs" / "plugin-development-guide.md").read_text()


def test_it_names_all_that_has_to_be_implemented() -> None:
    sentence = GUIDE.split("hooks to implement")[1].split("\n\n")[0]

    assert set(re.findall(r"`(\w+)`", sentence)) == BaseBackend.__abstractmethods__


def test_every_hook_and_flag_that_it_names_exists() -> None:
    bulk = GUIDE.split("## Capabilities in bulk")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)", bulk, re.MULTILINE))

    assert named
    assert [name for name in named if not hasattr(BaseBackend, name)] == []


def test_the_worked_numbers_are_right() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*?\| `(\d+)` \| (.+) \|$", GUIDE, re.MULTILINE)
    for name, factor, numbers in rows:
        ordered, native, used, told = map(float, numbers.split(" | "))
        assert to_backend_units({name: ordered}, {name: {"unit_factor": int(factor)}}) == {
            name: native
        }
        assert used / int(factor) == told
    assert [name for name, _, _ in rows] == ["cpu", "gpu", "storage", "seats"]
