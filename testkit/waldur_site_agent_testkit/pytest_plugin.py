"""Fixtures for tests against an in-process Mastermind, and the report of the conformance suite.

Every pytest run with the testkit installed imports this module, so that it imports nothing heavy.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent_testkit.mastermind.example import SmallWorld
    from waldur_site_agent_testkit.mastermind.server import MastermindServer


@pytest.fixture
def mastermind_world() -> "SmallWorld":
    """Return a small, ready-made world without a server."""
    from waldur_site_agent_testkit.mastermind.example import (  # noqa: PLC0415 - see above
        small_world,
    )

    return small_world()


@pytest.fixture
def mastermind(mastermind_world: "SmallWorld") -> "Iterator[MastermindServer]":
    """Yield a running server of the world that `mastermind_world` returns to the same test."""
    from waldur_site_agent_testkit.mastermind.server import (  # noqa: PLC0415 - see above
        MastermindServer,
    )

    with MastermindServer(mastermind_world.world) as server:
        yield server


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the conformance suite's report."""
    group = parser.getgroup("waldur-site-agent-testkit")
    group.addoption(
        "--conformance-report",
        metavar="FILE",
        help="write what the conformance suite found to a Markdown file",
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell what the conformance suite found, if it was run."""
    properties = [
        pair
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for pair in report.user_properties
    ]
    if not any(name == "waldur_conformance" for name, _ in properties):
        return
    from waldur_site_agent_testkit.conformance.telling import tell  # noqa: PLC0415 - see above

    tell(properties, terminalreporter, config.getoption("--conformance-report"))
