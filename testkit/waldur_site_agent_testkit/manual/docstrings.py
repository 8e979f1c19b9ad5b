"""Docstrings as Markdown."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SECTION = re.compile(r"(Args|Attributes|Returns|Yields|Raises):")
ITEM = re.compile(r"([\w*]+): +(\S.*)", re.DOTALL)
SHORT_ROLE = re.compile(r":\w+:`~(?:\w+\.)*(\w+)`")
ROLE = re.compile(r":\w+:`([^`]+)`")
NAMES = frozenset({"Args", "Attributes", "Raises"})
"""Sections that tell of one name after the other."""


def markdown(docstring: str, *, without: str | None = None) -> str:
    """Turn a docstring in Google's style into Markdown: paragraphs, and lists of what it names.

    Args:
        docstring: as it stands in the source.
        without: the title of a section that is left out, if any.
    """
    sections = _sections(docstring)
    return "\n\n".join(_told(title, lines) for title, lines in sections if title != without)


def attributes(docstring: str) -> dict[str, str]:
    """What the section ``Attributes`` says of each name."""
    lines = dict(_sections(docstring)).get("Attributes", ())
    found = (ITEM.fullmatch(item) for item in _items(lines))
    return {one[1]: " ".join(inline(one[2]).split()) for one in found if one}


def one_line(docstring: str) -> str:
    """Turn a docstring without sections into text for a list or a table."""
    return " ".join(inline(docstring).split())


def inline(text: str) -> str:
    """Turn marks inside of a line into Markdown's."""
    return ROLE.sub(r"`\1`", SHORT_ROLE.sub(r"`\1`", text)).replace("``", "`")


def _sections(docstring: str) -> list[tuple[str, list[str]]]:
    """Split at the titles; what stands before the first has none."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in inspect.cleandoc(docstring).splitlines():
        if SECTION.fullmatch(line):
            sections.append((line.rstrip(":"), []))
        else:
            sections[-1][1].append(line)
    return sections


def _told(title: str, lines: Sequence[str]) -> str:
    if not title:
        return inline("\n".join(lines)).strip()
    items = [inline(" ".join(item.split())) for item in _items(lines)]
    if title in NAMES:
        return "\n".join([f"{title}:", "", *map(_named, items)])
    return f"{title}: {' '.join(items)}"


def _items(lines: Sequence[str]) -> list[str]:
    """Put what is indented deeper to the line that it continues."""
    items: list[str] = []
    for line in filter(str.strip, lines):
        if items and line.startswith(" " * 8):
            items[-1] += f" {line.strip()}"
        else:
            items.append(line.strip())
    return items


def _named(item: str) -> str:
    match = ITEM.fullmatch(item)
    return f"- `{match[1]}`: {match[2]}" if match else f"- {item}"
