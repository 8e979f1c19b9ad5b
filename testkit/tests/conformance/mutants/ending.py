"""Backends that end resources wrongly."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from waldur_site_agent_testkit.backends.memory import MemoryBackend

from .table import breaks


@breaks("a_termination_ends_a_resource", "whether the terminated resource is there")
class Immortal(MemoryBackend):
    """Deletes nothing."""

    def delete_resource(self, resource: object, **kwargs: object) -> None:
        self.system.ask()


@breaks("a_termination_leaves_the_others", "does not have")
class ScorchedEarth(MemoryBackend):
    """Deletes everything of the project."""

    def delete_resource(self, resource: object, **kwargs: object) -> None:
        self.system.ask()
        self.system.accounts.clear()


@breaks("what_is_gone_is_deleted", "there is no account")
class DeletesOnce(MemoryBackend):
    """Cannot delete what is gone."""

    def delete_resource(self, resource: object, **kwargs: object) -> None:
        self.client.delete_resource(resource.backend_id)
