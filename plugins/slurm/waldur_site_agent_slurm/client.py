"""Speaking to Slurm by its commands, in Slurm's units (TRES-minutes, memory in MB-minutes).

What is on the cluster is read as one snapshot. Exit codes do not tell "already so" from "no such
account", so every write is decided on what was read, and where one is refused, the cluster is read
again to see whether what was wanted is there.
"""

from __future__ import annotations

from waldur_site_agent_slurm.operations.jobs import JobOperations
from waldur_site_agent_slurm.operations.limits import LimitOperations
from waldur_site_agent_slurm.operations.policies import PolicyOperations
from waldur_site_agent_slurm.operations.qos import QosOperations
from waldur_site_agent_slurm.operations.users import UserOperations

__all__ = ["SlurmClient"]


class SlurmClient(LimitOperations, PolicyOperations, QosOperations, UserOperations, JobOperations):
    """sacctmgr, squeue, sacct and scancel for one cluster.

    The operations are grouped by subject under ``waldur_site_agent_slurm.operations``. They rest on
    ``running`` (one command), ``reading`` (the snapshot of a pass) and ``writing`` (the lock, what
    a refusal means, and trying again).
    """
