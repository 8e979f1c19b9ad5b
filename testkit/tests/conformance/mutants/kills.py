"""Backends that are not fit to be killed."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_testkit.backends.memory import MemoryBackend, MemoryClient

from .table import breaks

if TYPE_CHECKING:
    from waldur_site_agent_testkit.backends.system import MemorySystem

NUMBERS = itertools.count()


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


@breaks("a_lost_answer_in_an_update_converges", "the end after a disturbance")
class LostIsSet(MemoryBackend):
    """Takes limits whose setting was not answered for set."""

    def set_resource_limits(self, backend_id: str, limits: dict[str, float]) -> str | None:
        with suppress(BackendUnavailableError):
            return super().set_resource_limits(backend_id, limits)
        return None


@breaks("a_lost_answer_in_a_change_of_members_converges", "the end after a disturbance")
class NotesWhomItRemoved(MemoryBackend):
    """Notes whom it removed, whether or not that was answered, and passes over whom it noted."""

    def remove_user(self, resource: object, username: str, **kwargs: object) -> bool:
        noted = vars(self.system).setdefault("noted", set())
        if username in noted:
            return True
        noted.add(username)
        return super().remove_user(resource, username, **kwargs)
