"""The hooks of a backend by subject; ``backends.py`` puts them together.

Plugins import :class:`~waldur_site_agent.backend.backends.BaseBackend`, never from here.
"""
