"""Which pages are made, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.manual import configuration, reference
from waldur_site_agent_testkit.manual.matrix import page as matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PAGES: Mapping[str, Callable[[], str]] = {
    "plugin-reference.md": reference.page,
    "plugin-hooks.md": matrix.page,
    "configuration-reference.md": configuration.page,
}
"""What makes each, by the page's name in docs/."""


def write(folder: Path) -> list[str]:
    """Write all pages anew, and name those that were changed."""
    return [name for name, make in PAGES.items() if _written(folder / name, make())]


def _written(page: Path, text: str) -> bool:
    if page.exists() and page.read_text(encoding="utf-8") == text:
        return False
    page.write_text(text, encoding="utf-8")
    return True
