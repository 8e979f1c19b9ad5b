"""Pages as readers see them: their headings, links and blocks of code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
PAGES = sorted(
    [
        *TOP.glob("docs/*.md"),
        *TOP.glob("*.md"),
        *TOP.glob("plugins/*/README.md"),
        TOP / "testkit" / "README.md",
        TOP / "docs" / "plugin-template" / "README.md",
    ]
)
BLOCK = re.compile(r"^( *)```([\w{}]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
MARKED = re.compile(r"<!-- (run|file: (\S+)) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
NOT_IN_SLUGS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Block:
    """A block of code: of which page, from which line on, in what language."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Name it for a test."""
        return f"{name_of(self.page)}:{self.line}"


def name_of(page: Path) -> str:
    """A page's path, from the top of the repository."""
    return page.relative_to(TOP).as_posix()


def blocks(*languages: str) -> list[Block]:
    """All blocks of code in some languages."""
    return [one for page in PAGES for one in _blocks(page) if one.language in languages]


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        indent = len(match[1])
        lines = (one[indent:] for one in match[3].splitlines(keepends=True))
        yield Block(page, line, match[2], "".join(lines))


def files_in(page: Path) -> dict[str, str]:
    """The blocks that are marked as files, by their paths."""
    return {path: text for _, path, text in _marked(page) if path}


def runnable_in(page: Path) -> list[str]:
    """The blocks that are marked to be run."""
    return [text for mark, _, text in _marked(page) if mark == "run"]


def _marked(page: Path) -> list[tuple[str, str, str]]:
    return MARKED.findall(page.read_text(encoding="utf-8"))


def links_in(page: Path) -> list[str]:
    """Where a page links to, code left out."""
    return LINK.findall(_prose(page))


def anchors_of(page: Path) -> set[str]:
    """What may follow ``#`` in a link to a page, as forges make it from headings."""
    titles = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {NOT_IN_SLUGS.sub("", LINK.sub("", one).lower()).replace(" ", "-") for one in titles}


def _prose(page: Path) -> str:
    return BLOCK.sub("", page.read_text(encoding="utf-8"))
