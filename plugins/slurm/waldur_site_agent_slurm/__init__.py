"""Slurm for the Waldur Site Agent. The agent finds the plugin by its entry points."""
