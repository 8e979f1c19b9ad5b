"""Links between pages lead somewhere. Nobody is asked over the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .markdown import PAGES, anchors_of, links_in, name_of

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = ("https://", "http://", "mailto:")
LINKS = [
    pytest.param(page, link, id=f"{name_of(page)}-{link}")
    for page in PAGES
    for link in dict.fromkeys(links_in(page))
    if not link.startswith(ELSEWHERE)
]


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_leads_somewhere(page: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page

    assert target.exists(), f"there is no {path}"
    assert not anchor or anchor in anchors_of(target)
