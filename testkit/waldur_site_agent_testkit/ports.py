"""Loopback ports for services of our own, which no other test run on this machine is given.

A port that is merely free may be somebody else's a moment later. So a block of ports is kept by a
lock on a file for as long as the process lives, below the range from which the kernel lends them.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

FIRST = 20_000
BLOCK = 20
BLOCKS = 600
LOOPBACK = "127.0.0.1"
LOCKS = Path(tempfile.gettempdir()) / "waldur-site-agent-ports"

_held: list[int] = []
"""Descriptors of the locks; they end with the process."""


class NoPortsError(Exception):
    """Every block of ports is in use."""


def reserve_ports(count: int) -> list[int]:
    """Reserve ports for the life of this process.

    Args:
        count: how many, at most a block's.

    Raises:
        NoPortsError: there are none.
    """
    LOCKS.mkdir(exist_ok=True)
    for number in range(BLOCKS):
        ports = list(range(FIRST + number * BLOCK, FIRST + number * BLOCK + count))
        if _lock(LOCKS / str(number)) and all(map(_is_free, ports)):
            return ports
    raise NoPortsError(f"no {count} ports are free between {FIRST} and {FIRST + BLOCK * BLOCKS}")


def _lock(file: Path) -> bool:
    """Take a block; keep it, even where its ports turn out to be in use."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    _held.append(descriptor)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        try:
            candidate.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
