"""docs/plugin-hooks.md: what is taken down, and that no hook is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.manual.matrix.page import hooks
from waldur_site_agent_testkit.manual.matrix.recording import Caller, Recording
from waldur_site_agent_testkit.manual.matrix.unseen import UNSEEN

PAGE = (Path(__file__).parents[2] / "docs" / "plugin-hooks.md").read_text()
TABLES = PAGE.split("\n## Called otherwise\n")[0]
ALL = [written for _, _, written in hooks()]


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend({"system": "recorded"}, {"cpu": {}})


def test_every_hook_is_in_a_table_or_told_of_otherwise() -> None:
    seen = {hook for hook in ALL if f"| `{hook}` |" in TABLES}

    assert set(ALL) - seen == set(UNSEEN)


def test_who_called_is_told_apart(backend: MemoryBackend) -> None:
    recording = Recording()
    recording.watch(backend, "backend")

    backend.run_preflight()

    assert recording.take() == {
        ("backend", "run_preflight"): Caller.AGENT,
        ("backend", "ping"): Caller.HOOK,
    }


def test_both_are_told_of_a_hook_that_both_call(backend: MemoryBackend) -> None:
    recording = Recording()
    recording.watch(backend, "backend")

    backend.run_preflight()
    backend.ping()

    assert recording.take()["backend", "ping"] == Caller.AGENT | Caller.HOOK


def test_what_was_taken_is_not_told_again(backend: MemoryBackend) -> None:
    recording = Recording()
    recording.watch(backend, "backend")

    backend.ping()
    recording.take()

    assert recording.take() == {}
