"""Backends that get members wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import AddedUsers, MembersChanged, RemovedUsers
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from .table import breaks

if TYPE_CHECKING:
    from collections.abc import Sequence


@breaks("who_is_added_is_there", "the answer to adding a user")
class SaysNothing(MemoryBackend):
    """Adds users, and says nothing of it."""

    def add_users_to_resource(self, resource: object, users: set[str], **kwargs: object) -> set:
        super().add_users_to_resource(resource, users, **kwargs)
        return set()


@breaks("who_is_added_is_there", "the members")
class ReplacesMembers(MemoryBackend):
    """Puts those who are to be added in place of those who are there."""

    def add_users_to_resource(self, resource: object, users: set[str], **kwargs: object) -> set:
        self.client.account(resource.backend_id, asking="get").users.clear()
        return super().add_users_to_resource(resource, users, **kwargs)


@breaks("adding_who_is_there_is_no_change", "the answer to adding who is there")
class ThereIsAFault(MemoryBackend):
    """Fails for who is there already."""

    def add_user(self, resource: object, username: str, **kwargs: object) -> bool:
        if self.client.get_association(username, resource.backend_id):
            raise BackendError("the user is there")
        return super().add_user(resource, username, **kwargs)


@breaks("adding_who_is_there_is_no_change", "adding who is there wrote to the system")
class AddsAgain(MemoryBackend):
    """Adds who is there already."""

    def add_user(self, resource: object, username: str, **kwargs: object) -> bool:
        self.client.create_association(username, resource.backend_id)
        return True


@breaks("who_is_removed_is_gone", "the members")
class Clings(MemoryBackend):
    """Says that it removed users, and did not."""

    def remove_user(self, resource: object, username: str, **kwargs: object) -> bool:
        return True


@breaks("removing_who_is_not_there_is_no_change", "the answer to it")
class GoneIsAFault(MemoryBackend):
    """Fails for who is not there."""

    def remove_user(self, resource: object, username: str, **kwargs: object) -> bool:
        if self.client.get_association(username, resource.backend_id) is None:
            raise BackendError("there is no such user")
        return super().remove_user(resource, username, **kwargs)


@breaks("without_an_id_nobody_is_added", "adding without an id")
class AddsNowhere(MemoryBackend):
    """Says that it added a user to a resource without an id."""

    def add_user(self, resource: object, username: str, **kwargs: object) -> bool:
        return True if not resource.backend_id else super().add_user(resource, username, **kwargs)


@breaks("members_are_of_one_resource", "the members of another project's resource")
class OneClub(MemoryBackend):
    """Puts members on every account."""

    def add_user(self, resource: object, username: str, **kwargs: object) -> bool:
        super().add_user(resource, username, **kwargs)
        for account in self.system.accounts.values():
            account.users.add(username)
        return True


@breaks("one_refusal_stops_no_other", "does not take this user")
class AllOrNothing(MemoryBackend):
    """Stops at the first user who is refused."""

    def add_users_to_resource(self, resource: object, users: set[str], **kwargs: object) -> set:
        for user in sorted(users):
            self.add_user(resource, user)
        return users


@breaks("changes_in_bulk_are_those_one_by_one", "what change_members says")
class AnswersBackwards(BulkBackend):
    """Answers in another order than it was asked."""

    def change_members(self, changes: Sequence) -> list[MembersChanged]:
        return super().change_members(changes)[::-1]


@breaks("changes_in_bulk_are_those_one_by_one", "members of the first")
class ForgetsRemovals(BulkBackend):
    """Removes nobody in bulk."""

    def _removed(self, account: object, users: frozenset[str]) -> RemovedUsers:
        return RemovedUsers(sorted(users))


@breaks("in_an_outage_nobody_is_said_to_be_changed", "what change_members says in an outage")
class SaysWhatIsWanted(BulkBackend):
    """Says what was wanted where it could not ask."""

    def change_members(self, changes: Sequence) -> list[MembersChanged]:
        with suppress(BackendUnavailableError):
            return super().change_members(changes)
        return [
            MembersChanged(added=AddedUsers(c.add), removed=RemovedUsers(c.remove)) for c in changes
        ]


@breaks("names_have_one_form", "members are not listed as")
class Shouts(MemoryBackend):
    """Lists members in other letters than it says."""

    def normalize_username(self, username: str) -> str:
        return username.upper()


@breaks("names_have_one_form", "names that were normalized twice")
class Prefixes(MemoryBackend):
    """Adds something to a name each time."""

    def normalize_username(self, username: str) -> str:
        return f"u_{username}"


@breaks("one_refusal_in_bulk_stops_no_other", "what is said of the other resource")
class StopsAtTheFirst(BulkBackend):
    """Changes nothing more after the first refusal."""

    def change_members(self, changes: Sequence) -> list[MembersChanged]:
        answers: list[MembersChanged] = []
        for change in changes:
            failed = any(answer.added.failed for answer in answers)
            answers += [MembersChanged()] if failed else super().change_members([change])
        return answers


@breaks("one_refusal_in_bulk_stops_no_other", "nobody says that one was refused")
class HidesRefusals(BulkBackend):
    """Says nothing of who was refused."""

    def _added(self, account: object, users: frozenset[str]) -> AddedUsers:
        return AddedUsers(super()._added(account, users))
