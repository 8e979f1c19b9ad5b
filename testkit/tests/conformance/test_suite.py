"""The suite as an author meets it: passes, failures, skips, exemptions and the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.conformance.catalogue import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

README = Path(__file__).parents[2] / "README.md"
FEW = "a_ping_is_answered or silence_is_no_ping or keys_are_minted or terminated_resource_comes"
TESTS = """
from dataclasses import replace
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.backends.subjects import memory_subject
from waldur_site_agent_testkit.conformance import Conformance, Subject


class Mute(MemoryBackend):
    def ping(self, raise_exception=False):
        return False


class TestMine(Conformance):
    exempt = {"a_terminated_resource_comes_back": "no name is given twice"}

    def subject(self) -> Subject:
        return replace(memory_subject(MemoryBackend), set_reachable=None)


class TestMute(Conformance):
    title = "The mute one"

    def subject(self) -> Subject:
        return memory_subject(Mute)
"""
MISSPELT = """
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.backends.subjects import memory_subject
from waldur_site_agent_testkit.conformance import Conformance


class TestMine(Conformance):
    exempt = {"a_terminated_ressource_comes_back": "no name is given twice"}

    def subject(self):
        return memory_subject(MemoryBackend)
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Run the suite in a folder of its own."""

    def run(text: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(text)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    return run


def test_what_held_what_was_broken_and_what_was_not_tried(run: Callable[..., object]) -> None:
    outcome = run(TESTS, "-k", FEW, "--conformance-report=report.md")

    # Of Mine: one held, one lacks a facet, one is undeclared, one exempt. Of the mute one: one is
    # broken, one undeclared, and what the backend cannot do without its ping raises or holds.
    outcome.stdout.fnmatch_lines(
        [
            "*A system that can be reached answers its ping*",
            "*Waldur Site Agent conformance*",
            "Mine: 4 rules, 1 hold, 0 broken, 1 exempt, 2 not tried",
            "The mute one: 4 rules, * broken, 0 exempt, 1 not tried",
            "The report is in report.md",
        ]
    )


def test_the_report_is_markdown(run: Callable[..., object]) -> None:
    run(TESTS, "-k", FEW, "--conformance-report=report.md")
    report = Path("report.md").read_text(encoding="utf-8")

    mine, mute = report.split("### Conformance of The mute one")
    assert mine.startswith("### Conformance of Mine\n")
    assert "4 rules, 1 hold, 0 broken, 1 exempt, 2 not tried" in mine
    assert (
        "| Sign of life | 1 of 2 | not all tried, for lack of `set_reachable` |\n"
        "| Orders | 0 of 1 | exempt: `a_terminated_resource_comes_back`, no name is given twice |\n"
        "| API keys | | not declared: `supports_resource_api_keys` |\n"
    ) in mine
    assert "**broken: `a_ping_is_answered`**" in mute


def test_results_come_home_from_other_processes(run: Callable[..., object]) -> None:
    outcome = run(TESTS, "-k", FEW, "-n", "2")
    outcome.stdout.fnmatch_lines(["Mine: 4 rules, 1 hold, 0 broken, 1 exempt, 2 not tried"])


def test_an_exemption_has_to_be_of_a_rule(run: Callable[..., object]) -> None:
    outcome = run(MISSPELT, "-k", "a_ping_is_answered")
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(["*exempt names no rule: a_terminated_ressource_comes_back*"])


def test_who_does_not_say_what_is_tested_is_told(run: Callable[..., object]) -> None:
    outcome = run(
        "from waldur_site_agent_testkit.conformance import Conformance\n\n\n"
        "class TestMine(Conformance):\n    pass\n",
        "-k",
        "a_ping_is_answered",
    )
    outcome.stdout.fnmatch_lines(["*TestMine.subject() has to be written*"])


def test_nothing_is_told_where_the_suite_was_not_run(run: Callable[..., object]) -> None:
    outcome = run("def test_nothing():\n    pass\n")
    outcome.stdout.no_fnmatch_line("*conformance*")


def test_the_rules_that_the_readme_names_are_rules() -> None:
    words = set(README.read_text(encoding="utf-8").replace('"', "`").split("`"))
    named = {word for word in words if word.count("_") > 2 and " " not in word and "/" not in word}
    assert {"a_terminated_resource_comes_back"} <= named & {rule.name for rule in RULES}
