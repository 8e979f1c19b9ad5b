"""Pages that are made from the code are as the code is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.manual.pages import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("name", "make"), PAGES.items(), ids=PAGES)
def test_a_page_is_as_the_code_is(name: str, make: Callable[[], str]) -> None:
    page, made = DOCS / name, make()
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
