"""docs/plugin-conformance.md says what the rules are."""

from __future__ import annotations

import os
from pathlib import Path

from .page import page

PAGE = Path(__file__).parents[3] / "docs" / "plugin-conformance.md"


def test_the_page_is_as_the_rules_are() -> None:
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "WRITE_DOCS=1 writes it anew"
