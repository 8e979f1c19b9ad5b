"""All the settings schemas that are installed, for whoever describes the configuration."""

from __future__ import annotations

from typing import Any

from waldur_site_agent.config.schema import PluginSchemas, json_schema
from waldur_site_agent.plugins.discovery import names
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import Group
from waldur_site_agent.plugins.loading import Schemas, load_schemas


def installed_schemas() -> tuple[dict[str, Schemas], tuple[PluginError, ...]]:
    """Import every schema, by backend type, beside the errors of those that fail."""
    schemas: dict[str, Schemas] = {}
    errors: list[PluginError] = []
    for backend_type in sorted({*names(Group.SETTINGS_SCHEMAS), *names(Group.COMPONENT_SCHEMAS)}):
        try:
            schemas[backend_type] = load_schemas(backend_type)
        except PluginError as error:
            errors.append(error)
    return schemas, tuple(errors)


def configuration_schema() -> tuple[dict[str, Any], tuple[PluginError, ...]]:
    """Describe the configuration as JSON Schema, beside the errors of schemas left out."""
    schemas, errors = installed_schemas()
    plugins = PluginSchemas(
        settings={name: s.settings for name, s in schemas.items() if s.settings},
        components={name: s.component for name, s in schemas.items() if s.component},
        backends=names(Group.BACKENDS),
        username_backends=names(Group.USERNAME_BACKENDS),
    )
    return json_schema(plugins), errors
