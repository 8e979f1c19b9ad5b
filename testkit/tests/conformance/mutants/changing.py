"""Backends that change limits and attributes wrongly."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from waldur_site_agent_testkit.backends.memory import MemoryBackend

from ..reference import FullBackend  # noqa: TID252 - see table.py
from .table import breaks


@breaks("an_update_changes_limits", "the limits on the backend")
class NoUpdates(MemoryBackend):
    """Says that it set limits, and did not."""

    def set_resource_limits(self, backend_id: str, limits: dict[str, float]) -> None:
        self.system.ask()


@breaks("attributes_may_be_taken_again", "taking the same attributes again wrote to the system")
class Rewrites(FullBackend):
    """Writes attributes however often it is told them."""

    def update_resource_attributes(self, resource: object, attributes: dict) -> None:
        self.system.effect(f"describe {resource.backend_id}", lambda: None)
