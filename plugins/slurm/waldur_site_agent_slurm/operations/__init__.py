"""What can be asked of a cluster, by subject; ``client.py`` puts it together.

Others import :class:`~waldur_site_agent_slurm.client.SlurmClient`, never from here.
"""
