"""Backends that carry out orders wrongly."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent_testkit.backends.memory import MemoryBackend, MemoryClient

from ..reference import FullBackend, RemoteBackend  # noqa: TID252 - see table.py
from .table import breaks

if TYPE_CHECKING:
    from waldur_site_agent_testkit.backends.system import MemorySystem

NUMBERS = itertools.count()


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


@breaks("an_update_changes_limits", "the limits on the backend")
class NoUpdates(MemoryBackend):
    """Says that it set limits, and did not."""

    def set_resource_limits(self, backend_id: str, limits: dict[str, float]) -> None:
        self.system.ask()


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


@breaks("an_outage_leaves_a_creation", "an outage erred the order")
class OutagesAreRefusals(MemoryBackend):
    """Takes silence for a no."""

    def ping(self, raise_exception: bool = False) -> bool:
        return True

    def _pull_backend_resource(self, backend_id: str) -> BackendResourceInfo | None:
        with suppress(BackendError):
            return super()._pull_backend_resource(backend_id)
        return None

    def _pre_create_resource(self, resource: object, user_context: object = None) -> None:
        try:
            super()._pre_create_resource(resource, user_context)
        except BackendUnavailableError as error:
            raise BackendError("the account could not be made") from error.__cause__


@breaks("a_refused_creation_errs_the_order", "the state of the order that was refused")
class NoIsYes(MemoryBackend):
    """Passes over a refusal."""

    def create_resource_with_id(
        self, resource: object, backend_id: str, user_context: object = None
    ) -> BackendResourceInfo:
        with suppress(BackendError):
            return super().create_resource_with_id(resource, backend_id, user_context)
        return BackendResourceInfo(backend_id=backend_id)


@breaks("an_outage_leaves_a_termination", "the termination was done in an outage")
class SilenceIsGone(MemoryBackend):
    """Takes what it cannot ask about for deleted."""

    def ping(self, raise_exception: bool = False) -> bool:
        return True

    def delete_resource(self, resource: object, **kwargs: object) -> None:
        with suppress(BackendUnavailableError):
            super().delete_resource(resource, **kwargs)


@breaks("an_outage_leaves_an_update", "the update was done in an outage")
class UpdatesBlindly(MemoryBackend):
    """Passes over an outage when limits are set."""

    def set_resource_limits(self, backend_id: str, limits: dict[str, float]) -> str | None:
        with suppress(BackendUnavailableError):
            return super().set_resource_limits(backend_id, limits)
        return None


@breaks("an_order_is_decided", "which is no decision")
class Nods(FullBackend):
    """Answers True to an order."""

    def evaluate_pending_order(self, order: object, client: object) -> bool:
        return True


@breaks("attributes_may_be_taken_again", "taking the same attributes again wrote to the system")
class Rewrites(FullBackend):
    """Writes attributes however often it is told them."""

    def update_resource_attributes(self, resource: object, attributes: dict) -> None:
        self.system.effect(f"describe {resource.backend_id}", lambda: None)


@breaks("what_was_lost_is_made_again", "the resource that was lost is not there again")
class Forgetful(MemoryBackend):
    """Says that it made a lost resource again, and did not."""

    def recreate_missing_resource(self, resource: object) -> bool:
        return resource.backend_id not in self.system.accounts


@breaks("a_remote_order_is_waited_for", "the order while the remote one is on its way")
class Impatient(RemoteBackend):
    """Says of every remote order that it is done."""

    def check_pending_order(self, order_backend_id: str) -> bool:
        return True


@breaks("in_an_outage_no_remote_order_is_done", "check_pending_order() in an outage")
class SilenceIsDone(RemoteBackend):
    """Says that a remote order is done where it cannot ask."""

    def check_pending_order(self, order_backend_id: str) -> bool:
        with suppress(BackendUnavailableError):
            return super().check_pending_order(order_backend_id)
        return True


@breaks("a_killed_creation_converges", "the end after a disturbance")
class FreshAccountEachTime(MemoryBackend):
    """Makes an account for the project, under a new name, before each creation."""

    def _pre_create_resource(self, resource: object, user_context: object = None) -> None:
        self.client.create_resource(f"project-{next(NUMBERS)}", "project", "")


@breaks("a_killed_creation_converges", "Create order is erred")
class ParentsOnce(MemoryBackend):
    """Makes an account for the project, and trips over the one that is there."""

    def _pre_create_resource(self, resource: object, user_context: object = None) -> None:
        self.client.create_resource(f"project-{resource.project_slug}", "project", "")


class OneByOneClient(MemoryClient):
    """Sets limits in two steps, the second of which depends on the first."""

    def __init__(self, system: MemorySystem) -> None:
        super().__init__(system)
        self.open = vars(system).setdefault("open", set())

    def set_resource_limits(self, resource_id: str, limits_dict: dict[str, int]) -> None:
        if resource_id in self.open:
            return
        self._system.effect(f"open {resource_id}", lambda: self.open.add(resource_id))
        super().set_resource_limits(resource_id, limits_dict)
        self._system.effect(f"close {resource_id}", lambda: self.open.discard(resource_id))


@breaks("a_killed_update_converges", "the end after a disturbance")
class HalfDoneIsDone(MemoryBackend):
    """Takes a change that was begun for one that is made."""

    def __init__(self, settings: dict, components: dict) -> None:
        super().__init__(settings, components)
        self.client = OneByOneClient(self.system)


@breaks("a_killed_termination_converges", "Terminate order is erred")
class MarksFirst(MemoryBackend):
    """Marks what is to be deleted, and trips over the mark."""

    def _pre_delete_resource(self, resource: object) -> None:
        self.client.create_resource(f"{resource.backend_id}-going", "mark", "")

    def post_delete_resource(self, resource: object) -> None:
        self.client.delete_resource(f"{resource.backend_id}-going")


@breaks("a_killed_change_of_members_converges", "the end after a disturbance")
class RemovesOnce(MemoryBackend):
    """Notes whom it is about to remove, and passes over whom it noted."""

    def remove_user(self, resource: object, username: str, **kwargs: object) -> bool:
        noted = vars(self.system).setdefault("noted", set())
        if username in noted:
            return True
        self.system.effect(f"note {username}", lambda: noted.add(username))
        return super().remove_user(resource, username, **kwargs)


@breaks("a_lost_answer_in_a_creation_converges", "Create order is erred")
class LostIsRefused(MemoryBackend):
    """Takes a lost answer to a creation for a no."""

    def _create_backend_resource(self, *args: object) -> bool:
        try:
            return super()._create_backend_resource(*args)
        except BackendUnavailableError:
            raise BackendError("the account could not be made") from None


@breaks("a_lost_answer_in_a_termination_converges", "Terminate order is erred")
class LostDeletionIsRefused(MemoryBackend):
    """Takes a lost answer to a deletion for a no."""

    def delete_resource(self, resource: object, **kwargs: object) -> str | None:
        try:
            return super().delete_resource(resource, **kwargs)
        except BackendUnavailableError:
            raise BackendError("the account could not be deleted") from None


@breaks("a_dry_run_writes_nothing", "a dry run wrote to the system")
class BooksNames(MemoryBackend):
    """Books a name when it is asked what a resource would be called."""

    def _get_resource_backend_id(self, slug: str) -> str:
        name = super()._get_resource_backend_id(slug)
        self.system.effect(f"book {name}", lambda: None)
        return name
