"""Backends that write in dry runs."""

from __future__ import annotations

from waldur_site_agent_testkit.backends.memory import MemoryBackend

from .table import breaks


@breaks("a_dry_run_writes_nothing", "a dry run wrote to the system")
class BooksNames(MemoryBackend):
    """Books a name when it is asked what a resource would be called."""

    def _get_resource_backend_id(self, slug: str) -> str:
        name = super()._get_resource_backend_id(slug)
        self.system.effect(f"book {name}", lambda: None)
        return name
