"""The hooks of the Slurm backend by subject; ``backend.py`` puts them together.

Others import :class:`~waldur_site_agent_slurm.backend.SlurmBackend`, never from here.
"""
