"""``python -m waldur_site_agent_testkit.slurm.install``: what a real Slurm needs, from Debian."""

from __future__ import annotations

import sys

from waldur_site_agent_testkit.debian import Service

SLURM = Service(
    "A real Slurm",
    programs=(
        "munged",
        "mariadbd",
        "mariadb",
        "mariadb-install-db",
        "slurmdbd",
        "slurmctld",
        "slurmd",
        "sacctmgr",
        "sbatch",
        "squeue",
        "scancel",
        "sacct",
    ),
    packages=(
        "slurm-wlm",
        "slurmctld",
        "slurmd",
        "slurmdbd",
        "slurm-client",
        "slurm-wlm-basic-plugins",
        "slurm-wlm-mysql-plugin",
        "mariadb-server",
        "mariadb-client",
        "munge",
    ),
)
missing_programs = SLURM.missing_programs

if __name__ == "__main__":
    sys.exit(SLURM.main())
