"""Backends that create wrongly."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from ..reference import FullBackend  # noqa: TID252 - see table.py
from .table import breaks


@breaks("an_order_becomes_a_resource", "the backend does not have")
class AllTalk(MemoryBackend):
    """Says that it created a resource, and did not."""

    reserves_backend_ids = True

    def create_resource_with_id(
        self, resource: object, backend_id: str, user_context: object = None
    ) -> BackendResourceInfo:
        return BackendResourceInfo(backend_id=backend_id)

    def add_users_to_resource(self, resource: object, users: set[str], **kwargs: object) -> set:
        return users


@breaks("two_orders_become_two_resources", "Create order is")
class OneName(MemoryBackend):
    """Calls every resource the same."""

    def _get_resource_backend_id(self, slug: str) -> str:
        return "hpc_account"


@breaks("a_taken_id_is_refused", "creating under an id that is taken")
class TakesOver(MemoryBackend):
    """Takes what is there for its own."""

    def _create_backend_resource(self, *args: object) -> bool:
        super()._create_backend_resource(*args)
        return True


@breaks("adopting_completes_and_may_be_repeated", "exists")
class AdoptsByCreating(MemoryBackend):
    """Makes something anew after each creation."""

    def post_create_resource(self, info: object, resource: object, context: object = None) -> None:
        self.client.create_resource(f"{info.backend_id}-log", "log", "")


@breaks("a_terminated_resource_comes_back", "Restore order is erred")
class NamesAreBurnt(MemoryBackend):
    """Gives no name twice."""

    def _pre_create_resource(self, resource: object, user_context: object = None) -> None:
        super()._pre_create_resource(resource, user_context)
        if f"delete {resource.backend_id}" in self.system.effects:
            raise BackendError("the name was used before")


@breaks("a_new_resource_has_its_team", "the members of a new resource")
class LonelyResources(MemoryBackend):
    """Says that it added members, and did not."""

    def add_users_to_resource(self, resource: object, users: set[str], **kwargs: object) -> set:
        self.client.account(resource.backend_id, asking="get")
        return users


@breaks("a_refused_creation_errs_the_order", "the state of the order that was refused")
class NoIsYes(MemoryBackend):
    """Passes over a refusal."""

    def create_resource_with_id(
        self, resource: object, backend_id: str, user_context: object = None
    ) -> BackendResourceInfo:
        with suppress(BackendError):
            return super().create_resource_with_id(resource, backend_id, user_context)
        return BackendResourceInfo(backend_id=backend_id)


@breaks("an_order_is_decided", "which is no decision")
class Nods(FullBackend):
    """Answers True to an order."""

    def evaluate_pending_order(self, order: object, client: object) -> bool:
        return True


@breaks("what_was_lost_is_made_again", "the resource that was lost is not there again")
class Forgetful(MemoryBackend):
    """Says that it made a lost resource again, and did not."""

    def recreate_missing_resource(self, resource: object) -> bool:
        return resource.backend_id not in self.system.accounts
