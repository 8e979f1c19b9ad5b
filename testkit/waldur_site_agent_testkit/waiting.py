"""Waiting for something to be so, by asking."""

import time
from collections.abc import Callable

OFTEN = 0.005


def wait_until(
    what: str, is_so: Callable[[], bool], *, seconds: float = 10.0, often: float = OFTEN
) -> None:
    """Ask until it is so.

    Raises:
        TimeoutError: It was not in time.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain: {what}")
        time.sleep(often)
