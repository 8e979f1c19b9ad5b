from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.looks.policy_messages import gathered


def message(at: int, *, reset: bool | None = None, **settings: object) -> dict[str, Any]:
    if reset is not None:
        settings["reset_raw_usage"] = reset
    return {"timestamp": at, "settings": settings}


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ({}, message(2, fairshare=3), message(2, fairshare=3)),
        (message(1, fairshare=2), {}, message(1, fairshare=2)),
        (message(1, fairshare=2), message(2, fairshare=3), message(2, fairshare=3)),
        (message(1, reset=True), message(2, fairshare=3), message(1, fairshare=3, reset=True)),
        (message(1, reset=True), message(2, reset=False), message(1, reset=True)),
        (message(1, reset=True), message(2, reset=True), message(2, reset=True)),
        (message(1, reset=False), message(2), message(2)),
        ({"settings": 5}, message(2), message(2)),
    ],
)
def test_two_messages(earlier: Any, later: Any, expected: dict[str, Any]) -> None:
    assert gathered(earlier, later) == expected


@given(asked=st.lists(st.booleans(), min_size=1))
def test_of_many_the_last_reset_is_due_at_its_own_time(asked: list[bool]) -> None:
    waiting: Any = {}
    for at, reset in enumerate(asked):
        waiting = gathered(waiting, message(at, reset=reset, fairshare=at))
    assert waiting["settings"]["fairshare"] == len(asked) - 1
    assert waiting["settings"]["reset_raw_usage"] is any(asked)
    last = max((at for at, reset in enumerate(asked) if reset), default=len(asked) - 1)
    assert waiting["timestamp"] == last
