"""Pages that are made from the code are as the code is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from waldur_site_agent_testkit.manual.pages import PAGES

DOCS = Path(__file__).parents[2] / "docs"


MAKE = """
import sys
from waldur_site_agent_testkit.manual.pages import PAGES
sys.stdout.reconfigure(encoding="utf-8")
sys.stdout.write(PAGES[sys.argv[1]]())
"""


def made_page(name: str) -> str:
    """Make a page in a process of its own, where no other test has installed a plugin."""
    ended = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", MAKE, name],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_the_code_is(name: str) -> None:
    page, made = DOCS / name, made_page(name)
    if os.environ.get("WRITE_DOCS"):
        page.write_text(made, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == made, "WRITE_DOCS=1 writes it anew"


def test_the_command_says_where_it_has_to_be_run(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "waldur_site_agent_testkit.manual"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert "docs is no folder: run this at the top of the repository" in ended.stderr
