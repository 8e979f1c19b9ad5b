"""An in-process Waldur Mastermind: stateful, strict, and able to fail on request.

`World` holds everything and has the verbs of a test. `server.MastermindServer` puts it on a
loopback port; `direct.transport` plugs it under an HTTP client without a socket.
"""

from waldur_site_agent_testkit.mastermind.faults import (
    BrokenJson,
    DropConnection,
    Fault,
    Hang,
    Latency,
    MissingPage,
    Status,
    TruncatedPage,
)
from waldur_site_agent_testkit.mastermind.transitions import WrongStateError
from waldur_site_agent_testkit.mastermind.world import World

__all__ = [
    "BrokenJson",
    "DropConnection",
    "Fault",
    "Hang",
    "Latency",
    "MissingPage",
    "Status",
    "TruncatedPage",
    "World",
    "WrongStateError",
]
