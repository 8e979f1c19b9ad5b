"""``waldur_site_agent plugins``: what is installed, and what does not load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder with an installed distribution whose module is not there."""
    info = tmp_path / "demo-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[waldur_site_agent.backends]\nbroken = demo_not_there:Backend\n"
    )
    return tmp_path


def plugins(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "waldur_site_agent", "plugins", *options],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_is_installed(tmp_path: Path) -> None:
    answer = plugins(tmp_path)

    assert (answer.returncode, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert any(line.startswith("slurm: backend, waldur-site-agent-slurm ") for line in lines)
    assert any(line.startswith("base: username backend, ") for line in lines)
    assert any(line.endswith("for order_processing, membership_sync, reporting") for line in lines)


def test_as_json(tmp_path: Path) -> None:
    answer = plugins(tmp_path, "--json")

    told = {(one["kind"], one["name"]): one for one in json.loads(answer.stdout)}
    assert ("settings schema", "slurm") in told
    assert told["backend", "slurm"]["error"] == ""
    assert told["backend", "slurm"]["roles"] == [
        "order_processing",
        "membership_sync",
        "reporting",
    ]


def test_one_that_does_not_load_is_told_beside_the_others(broken: Path) -> None:
    answer = plugins(broken)

    assert (answer.returncode, answer.stderr) == (1, "")
    lines = answer.stdout.splitlines()
    place = lines.index("broken: backend, demo 1.2")
    assert lines[place + 1].startswith('  DOES NOT LOAD: backend "broken" of demo 1.2')
    assert any(line.startswith("slurm: backend") for line in lines)


def test_one_that_does_not_load_as_json(broken: Path) -> None:
    answer = plugins(broken, "--json")

    errors = {one["name"]: one["error"] for one in json.loads(answer.stdout) if one["error"]}
    assert answer.returncode == 1
    assert "No module named 'demo_not_there'" in errors["broken"]
