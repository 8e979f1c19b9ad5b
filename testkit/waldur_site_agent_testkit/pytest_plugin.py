"""Fixtures for tests against an in-process Mastermind.

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
