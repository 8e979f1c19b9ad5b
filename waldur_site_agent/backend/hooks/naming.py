"""How Waldur's slugs become ids on the backend."""

from __future__ import annotations

from waldur_site_agent.backend.hooks.foundation import Foundation


class NamingHooks(Foundation):
    """Ids of resources, projects and customers. A plugin with other rules overrides these."""

    def _get_resource_backend_id(self, resource_slug: str) -> str:
        """Name a resource: ``allocation_prefix`` and the slug, in lower case."""
        return f"{self._prefix('allocation_prefix')}{resource_slug}".lower()

    def _get_project_backend_id(self, project_slug: str) -> str:
        """Name a project: ``project_prefix`` and the slug, spelled as they are."""
        return f"{self._prefix('project_prefix')}{project_slug}"

    def _get_customer_backend_id(self, customer_slug: str) -> str:
        """Name a customer: ``customer_prefix`` and the slug, spelled as they are."""
        return f"{self._prefix('customer_prefix')}{customer_slug}"

    def _prefix(self, setting: str) -> str:
        return str(self.backend_settings.get(setting) or "")
