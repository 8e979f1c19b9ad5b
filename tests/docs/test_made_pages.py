"""Pages that are made from the code are as the code is."""

from __future__ import annotations

import os
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
