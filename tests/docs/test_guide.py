"""docs/plugin-development-guide.md says what the contract says."""

from __future__ import annotations

import re
import runpy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import time_machine

from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.units import to_backend_units
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.backends.subjects import memory_subject
from waldur_site_agent_testkit.conformance import Conformance, Subject
from waldur_site_agent_testkit.conformance.stage import Stage

from .markdown import runnable_in

TOP = Path(__file__).parents[2]
IN_THE_MIDDLE_OF_A_MONTH = datetime(2026, 11, 15, tzinfo=UTC)
"""On the first day of one, two are reported."""
PAGE = TOP / "docs" / "plugin-development-guide.md"
GUIDE = PAGE.read_text()


def test_it_names_all_that_has_to_be_implemented() -> None:
    sentence = GUIDE.split("hooks to implement")[1].split("\n\n")[0]

    assert set(re.findall(r"`(\w+)`", sentence)) == BaseBackend.__abstractmethods__


def test_every_hook_and_flag_that_it_names_exists() -> None:
    bulk = GUIDE.split("## Capabilities in bulk")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)", bulk, re.MULTILINE))

    assert named
    assert [name for name in named if not hasattr(BaseBackend, name)] == []


def test_the_worked_numbers_are_right() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*?\| `(\d+)` \| (.+) \|$", GUIDE, re.MULTILINE)
    for name, factor, numbers in rows:
        ordered, native, used, told = map(float, numbers.split(" | "))
        assert to_backend_units({name: ordered}, {name: {"unit_factor": int(factor)}}) == {
            name: native
        }
        assert used / int(factor) == told
    assert [name for name, _, _ in rows] == ["cpu", "gpu", "storage", "seats"]


def test_the_figures_of_hooks_in_bulk_are_those_of_the_benchmark() -> None:
    calls = runpy.run_path(str(TOP / "benchmarks" / "bulk_hooks.py"))["calls"]
    rows = re.findall(r"^\| (\w[^|]+) \| (\d+)(?: calls)? \| (\d+) \|", GUIDE, re.MULTILINE)

    with time_machine.travel(IN_THE_MIDDLE_OF_A_MONTH):
        one_by_one, in_bulk = calls(MemoryBackend, 100), calls(BulkBackend, 100)

    assert {what: (int(single), int(bulk)) for what, single, bulk in rows} == {
        what: (one_by_one[what], in_bulk[what]) for what in one_by_one
    }


def example(name: str) -> type[MemoryBackend]:
    """A class that one of the guide's blocks defines."""
    (text,) = [one for one in runnable_in(PAGE) if f"class {name}(" in one]
    names: dict[str, object] = {"__name__": "guide"}
    exec(compile(text, str(PAGE), "exec"), names)  # noqa: S102 - our own examples
    return names[name]


class TestExampleInBulk(Conformance):
    def subject(self) -> Subject:
        return replace(memory_subject(example("Shares")), on_effect=None, refuse=None)


def test_the_asynchronous_example_ends_by_its_ticket() -> None:
    cls = example("Counter")
    tickets = cls.create_resource_with_id.__globals__["TICKETS"]
    stage = Stage(lambda: memory_subject(cls))
    done, refused = stage.order("One"), stage.order("Two")

    stage.agent().orders()
    assert [done.state, refused.state] == ["executing", "executing"]
    tickets |= {done.backend_id: "done", refused.backend_id: "refused"}
    stage.agent().orders()
    stage.close()

    assert [done.state, refused.state] == ["done", "erred"]
    assert refused.error_message == "the counter refuses the request"
