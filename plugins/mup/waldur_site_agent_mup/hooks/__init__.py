"""The hooks of the MUP backend by subject; ``backend.py`` puts them together.

Others import :class:`~waldur_site_agent_mup.backend.MupBackend`, never from here.
"""
