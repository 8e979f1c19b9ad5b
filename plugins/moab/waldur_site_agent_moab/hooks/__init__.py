"""The hooks of the MOAB backend by subject; ``backend.py`` puts them together.

Others import :class:`~waldur_site_agent_moab.backend.MoabBackend`, never from here.
"""
