"""YAML to validated, immutable settings; secrets; JSON Schema.

``load.load(path)`` is the door. What only a plugin can judge is judged one floor up, by
``waldur_site_agent.plugins.configured``.
"""
