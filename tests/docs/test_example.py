"""docs/plugin-example.md, walked: the plugin that it makes is green in its own tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from .markdown import files_in

PAGE = Path(__file__).parents[2] / "docs" / "plugin-example.md"
UNNEEDED = (
    "waldur_site_agent_disk_shares/parser.py",
    "waldur_site_agent_disk_shares/usernames.py",
    "tests/portal.py",
    "tests/test_client.py",
    "tests/test_parser.py",
    "tests/test_usernames.py",
)


def run(folder: Path, *words: str) -> str:
    """Run a module in a folder, with what lies there installed."""
    ended = subprocess.run(  # noqa: S603 - our own interpreter and modules
        [sys.executable, "-m", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The template, changed as the page says."""
    run(tmp_path, "waldur_site_agent", "plugins", "new", "disk-shares")
    plugin = tmp_path / "waldur-site-agent-disk-shares"
    for name in UNNEEDED:
        (plugin / name).unlink()
    for name, text in files_in(PAGE).items():
        (plugin / name).write_text(text)
    install(plugin)
    return plugin


def install(plugin: Path) -> None:
    """Write the metadata that ``pip install -e .`` would."""
    project = tomllib.loads((plugin / "pyproject.toml").read_text())["project"]
    metadata = plugin / "waldur_site_agent_disk_shares-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {value}" for name, value in points.items())])
        for group, points in project["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(groups))


def test_what_is_said_to_be_deleted_is_not_needed() -> None:
    page = PAGE.read_text()

    assert [name for name in UNNEEDED if name not in page] == []


def test_the_plugin_is_green_in_its_own_tests(made: Path) -> None:
    said = run(made, "pytest", "-q", "-p", "no:cacheprovider")

    assert " 0 broken, 0 exempt" in said
