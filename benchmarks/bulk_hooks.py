"""What a plugin gains by hooks that work in bulk: how often its system is spoken to.

    python benchmarks/bulk_hooks.py [--resources 100]

The testkit's backends in memory: the one reads and changes one thing after the other, as the
contract's defaults do; the other implements ``pull_resources``, ``change_members``,
``measure_usage``, ``get_resource_status`` and what is known from the same reading. Prints figures
and asserts none.
"""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import SYSTEMS, MemoryBackend
from waldur_site_agent_testkit.backends.subjects import memory_subject
from waldur_site_agent_testkit.conformance.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

NEWCOMERS = [f"newcomer-{number}" for number in range(10)]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=100)
    number = parser.parse_args().resources
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print(f"{number} resources; calls of the system")
    print(f"{'':30}{'one by one':>12}{'in bulk':>12}")
    one_by_one, in_bulk = calls(MemoryBackend, number), calls(BulkBackend, number)
    for what in one_by_one:
        print(f"{what:30}{one_by_one[what]:12}{in_bulk[what]:12}")


def calls(kind: type[MemoryBackend], number: int) -> dict[str, int]:
    """How often a backend speaks to its system, by what is done."""
    stage = Stage(lambda: memory_subject(kind))
    for one in range(number):
        stage.order(f"Resource {one}")
    stage.agent().orders()
    system = list(SYSTEMS.values())[-1]

    def counted(work: Callable[[], object]) -> int:
        system.calls.clear()
        work()
        return sum(system.calls.values())

    stage.agent().members()
    figures = {"members, nothing changed": counted(stage.agent().members)}
    stage.join(*NEWCOMERS)
    figures["members, 10 more on each"] = counted(stage.agent().members)
    figures["usage of this month"] = counted(stage.agent().usage)
    stage.close()
    return figures


if __name__ == "__main__":
    main()
