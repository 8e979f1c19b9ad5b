"""docs/plugin-reference.md has all of the contract, and each hook once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.hook_calls import hooks_of
from waldur_site_agent.backend.hooks.capabilities import Capabilities
from waldur_site_agent.backend.overriding import CONTRACT
from waldur_site_agent.backend.usernames import AbstractUsernameManagementBackend
from waldur_site_agent_testkit.manual.docstrings import markdown
from waldur_site_agent_testkit.manual.members import definition
from waldur_site_agent_testkit.manual.reference import SUBJECTS

PAGE = (Path(__file__).parents[2] / "docs" / "plugin-reference.md").read_text()


def headings(chapter: str) -> Counter[str]:
    """The names that are headings in a chapter, and how often."""
    text = PAGE.split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("###") and "`" in line]
    return Counter(line.split("`")[1] for line in lines)


@pytest.mark.parametrize("cls", [BaseBackend, BaseClient, AbstractUsernameManagementBackend])
def test_each_hook_is_there_once(cls: type) -> None:
    told = headings(cls.__name__)

    assert {name: told[name] for name in hooks_of(cls)} == dict.fromkeys(hooks_of(cls), 1)


def test_every_part_of_a_backend_has_its_place() -> None:
    parts = {one for one in BaseBackend.__mro__ if f"{one.__module__}.".startswith(CONTRACT)}

    assert {cls for _, cls in SUBJECTS} == parts - {BaseBackend, Capabilities}


@pytest.mark.parametrize("flag", Capabilities.__annotations__)
def test_every_flag_is_there_with_its_meaning(flag: str) -> None:
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"- `{flag}:")]

    assert line.split("`: ")[1]


@pytest.mark.parametrize(
    ("docstring", "told"),
    [
        ("One ``thing``.", "One `thing`."),
        ("A :class:`~a.b.Thing`.", "A `Thing`."),
        ("See :func:`a.b.do`.", "See `a.b.do`."),
        (
            "Do.\n\n    Args:\n        one: a,\n            of two.\n        **more: it.",
            "Do.\n\nArgs:\n\n- `one`: a, of two.\n- `**more`: it.",
        ),
        ("Do.\n\n    Returns:\n        What: so\n        long.", "Do.\n\nReturns: What: so long."),
    ],
)
def test_docstrings_become_markdown(docstring: str, told: str) -> None:
    assert markdown(docstring) == told


class Some:
    def short(self, one: int = 1, *, two: str = "2", **more: object) -> None:
        """Have few parameters."""

    def long(
        self, first: dict[str, dict[str, int]], the_second_one: dict[str, dict[str, int]]
    ) -> None:
        """Have long ones."""


def test_a_short_definition_has_one_line() -> None:
    assert definition(Some, "short") == (
        'def short(self, one: int = 1, *, two: str = "2", **more: object) -> None: ...'
    )


def test_a_long_definition_has_a_parameter_a_line() -> None:
    assert definition(Some, "long").splitlines()[:3] == [
        "def long(",
        "    self,",
        "    first: dict[str, dict[str, int]],",
    ]
