"""A real Slurm on one machine, without systemd, started in seconds and gone afterwards."""

from waldur_site_agent_testkit.slurm.cluster import SlurmCluster

__all__ = ["SlurmCluster"]
