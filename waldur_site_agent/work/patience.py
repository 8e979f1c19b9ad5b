"""How long to wait before trying again (pure)."""

from __future__ import annotations

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 300.0
JITTER = 0.25
"""The share by which a delay is shortened at most, so that many do not come back at once."""


def delay_seconds(failures: int, chance: float) -> float:
    """How long to wait after a failure.

    Args:
        failures: in a row, this one included.
        chance: at random, from 0 up to 1.
    """
    # Beyond some doublings the longest delay is reached anyhow, and floats overflow.
    doubled = FIRST_SECONDS * 2.0 ** min(failures - 1, 16)
    return min(LONGEST_SECONDS, doubled) * (1 - JITTER * chance)
