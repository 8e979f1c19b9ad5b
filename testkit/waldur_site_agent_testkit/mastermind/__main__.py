"""Serve a large world from a process of its own: `python -m waldur_site_agent_testkit.mastermind`.

So that a benchmark's memory is the agent's alone. Prints one line of JSON once it listens, and ends
when its standard input does.
"""

import argparse
import json
import sys

from waldur_site_agent_testkit.mastermind.large import LargeWorld, Size, large_world
from waldur_site_agent_testkit.mastermind.server import MastermindServer


def main() -> None:
    """Build, say where it is, and serve."""
    asked = _arguments()
    size = Size(resources=asked.resources, users=asked.users, projects=asked.projects)
    large = large_world(size, refuses=asked.refuses)
    with MastermindServer(large.world) as server:
        print(json.dumps(_address(large, server)), flush=True)  # noqa: T201 - it is the interface
        sys.stdin.read()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve a large world on a loopback port.")
    for name, default in (("resources", 10_000), ("users", 100_000), ("projects", 2_000)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parser.add_argument(
        "--refuses",
        action="append",
        default=[],
        metavar="NAME",
        help="an endpoint that answers 403, such as project_permissions; may be repeated",
    )
    return parser.parse_args()


def _address(large: LargeWorld, server: MastermindServer) -> dict[str, str]:
    """Return what the agent's configuration needs."""
    return {
        "api_url": server.api_url,
        "token": large.agent.token,
        "offering_uuid": large.offering.uuid,
    }


if __name__ == "__main__":
    main()
