"""``python -m waldur_site_agent_testkit.slurm``: a real Slurm to play with, until ^C."""

from __future__ import annotations

import contextlib
import signal

from waldur_site_agent_testkit.slurm.cluster import SlurmCluster


def main() -> None:
    """Start a cluster, say where it is, and wait."""
    with SlurmCluster() as cluster:
        print(cluster.describe())  # noqa: T201 - a command talks to its user
        print(f"export SLURM_CONF={cluster.layout.slurm_conf}")  # noqa: T201 - the same
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
