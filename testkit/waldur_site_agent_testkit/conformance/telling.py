"""Telling what was found, at the end of a pytest run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance.catalogue import RULES
from waldur_site_agent_testkit.conformance.report import markdown, summary
from waldur_site_agent_testkit.conformance.results import results_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest


def tell(
    properties: Iterable[tuple[str, object]],
    terminal: pytest.TerminalReporter,
    report: str | None,
) -> None:
    """Print a summary, and write the report where one is wanted.

    Args:
        properties: of all tests that ran.
        terminal: where to print.
        report: the file to write, if any.
    """
    places = {rule.name: place for place, rule in enumerate(RULES)}
    results = sorted(
        results_in(properties), key=lambda one: (one["title"], places.get(one["rule"], 0))
    )
    terminal.section("Waldur Site Agent conformance")
    for line in summary(results):
        terminal.line(line)
    if report:
        Path(report).write_text(markdown(results), encoding="utf-8")
        terminal.line(f"The report is in {report}")
