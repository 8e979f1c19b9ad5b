"""``waldur_site_agent plugins new``: the template under a name of one's own."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def new(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "waldur_site_agent", "plugins", "new", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def made(tmp_path: Path) -> Path:
    answer = new(tmp_path, "lustre-quota")
    assert (answer.returncode, answer.stderr) == (0, "")
    return tmp_path / "waldur-site-agent-lustre-quota"


def test_the_name_is_everywhere_in_its_form(made: Path) -> None:
    project = tomllib.loads((made / "pyproject.toml").read_text())["project"]
    package = "waldur_site_agent_lustre_quota"

    assert project["name"] == "waldur-site-agent-lustre-quota"
    assert project["entry-points"]["waldur_site_agent.backends"] == {
        "lustre-quota": f"{package}.backend:LustreQuotaBackend"
    }
    assert (
        f"from {package}.client import LustreQuotaClient"
        in (made / package / "backend.py").read_text()
    )


def test_nothing_is_left_of_the_templates_name(made: Path) -> None:
    paths = [path for path in made.rglob("*") if path.is_file()]

    assert len(paths) > 10
    assert [path for path in paths if "acme" in str(path).lower()] == []
    assert [path for path in paths if "acme" in path.read_text().lower()] == []


def test_every_module_of_it_is_python(made: Path) -> None:
    for path in made.rglob("*.py"):
        compile(path.read_text(), path, "exec")


def test_the_folder_may_be_another(tmp_path: Path) -> None:
    assert new(tmp_path, "data", "--into", "plugins").returncode == 0
    assert (tmp_path / "plugins" / "waldur-site-agent-data" / "README.md").is_file()


def test_the_whole_name_of_the_distribution_will_do(tmp_path: Path) -> None:
    assert new(tmp_path, "waldur-site-agent-data").returncode == 0
    assert (tmp_path / "waldur-site-agent-data").is_dir()


@pytest.mark.parametrize("name", ["Data", "my_data", "-data", "data-", "1data", "", "../data"])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    answer = new(tmp_path, "--", name)

    assert answer.returncode == 2
    assert "is no name for a plugin" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_alone(made: Path) -> None:
    (made / "README.md").write_text("mine")

    answer = new(made.parent, "lustre-quota")

    assert answer.returncode == 2
    assert "is there already" in answer.stderr
    assert (made / "README.md").read_text() == "mine"
