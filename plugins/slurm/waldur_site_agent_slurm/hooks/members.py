"""Who is on a resource's account."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, UserNotProvisionedError
from waldur_site_agent_slurm.grants import grant_for
from waldur_site_agent_slurm.hooks.homes import HomeHooks
from waldur_site_agent_slurm.load_file import Joining
from waldur_site_agent_slurm.members import JOBS_LEFT
from waldur_site_agent_slurm.memberships import Membership
from waldur_site_agent_slurm.names import user_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent.backend.structures import (
        AddedUsers,
        MembersChange,
        MembersChanged,
        RemovedUsers,
    )
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_slurm.commands import Grant


class MemberHooks(HomeHooks):
    """Members coming and going: one resource's, or those of many in bulk."""

    def add_users_to_resource(
        self, waldur_resource: WaldurResource, user_ids: set[str], **kwargs: object
    ) -> AddedUsers:
        """Put users on a resource's account by one command, and give them homes."""
        backend_id = self._account_of(waldur_resource)
        wanted = {user for user in user_ids if user and user.strip()}
        with self.client.one_view():
            added = self._members.add(backend_id, wanted, self._grant(waldur_resource))
        umask = str(kwargs.get("homedir_umask") or self.settings.homedir_umask)
        has_quota = bool(self.backend_settings.get("homedir_quota"))
        self._make_homes(added if has_quota else self._without_home(added), umask)
        return added

    def _grant(self, resource: WaldurResource) -> Grant:
        return grant_for(
            self._account_of(resource),
            attributes=resource.attributes or {},
            offering_partitions=self.offering_partitions,
            enforces_qos=self._enforces_qos,
            settings=self.settings,
        )

    def add_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Put one user on a resource's account."""
        if not (username and username.strip()):
            self._account_of(waldur_resource)
            return False
        added = self.add_users_to_resource(waldur_resource, {username}, **kwargs)
        if username in added.waiting:
            raise UserNotProvisionedError(f"the user {added.waiting[username]}")
        _raise_failure(added.failed.get(username))
        return True

    def remove_users_from_resource(
        self, waldur_resource: WaldurResource, usernames: set[str], **kwargs: object
    ) -> RemovedUsers:
        """Take users off a resource's account by one command, after ending their jobs on it."""
        del kwargs
        backend_id = self._account_of(waldur_resource)
        wanted = {user for user in usernames if user and user.strip()}
        with self.client.one_view():
            return self._members.remove(backend_id, wanted)

    def remove_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Take one user off a resource's account."""
        if not (username and username.strip()):
            self._account_of(waldur_resource)
            return False
        removed = self.remove_users_from_resource(waldur_resource, {username}, **kwargs)
        _raise_failure(removed.failed.get(username))
        return True

    def change_members(self, changes: Sequence[MembersChange]) -> list[MembersChanged]:
        """Change the members of many resources by a handful of processes; see the base class.

        What could not be changed in bulk is changed resource by resource, or told.
        """
        with self.client.one_view():
            joinings, leaving = list(self._joinings(changes)), list(self._leavings(changes))
            busy = self._bulk.change(joinings, leaving)
            changed = super().change_members([_without(change, busy) for change in changes])
        for change, answer in zip(changes, changed, strict=True):
            answer.removed.failed.update(dict.fromkeys(_busy_of(change, busy), JOBS_LEFT))
        return changed

    def _leavings(self, changes: Sequence[MembersChange]) -> Iterator[Membership]:
        for change in changes:
            with suppress(BackendError):
                account = self._account_of(change.resource)
                yield from (Membership(account, user_name(user)) for user in sorted(change.remove))

    def _joinings(self, changes: Sequence[MembersChange]) -> Iterator[Joining]:
        """Who comes; what is wrong with a resource is told when its turn comes."""
        seen: set[str] = set()
        for change in changes:
            with suppress(BackendError):
                account, grant = self._account_of(change.resource), self._grant(change.resource)
                if account not in seen:
                    seen.add(account)
                    users = self._members.admissible(change.add)
                    yield Joining(account=account, users=users, grant=grant)

    def normalize_username(self, username: str) -> str:
        """Slurm keeps users' names in lower case."""
        return username.lower()


def _busy_of(change: MembersChange, busy: frozenset[Membership]) -> frozenset[str]:
    account = (change.resource.backend_id or "").strip().lower()
    return frozenset(user for user in change.remove if Membership(account, user) in busy)


def _without(change: MembersChange, busy: frozenset[Membership]) -> MembersChange:
    return replace(change, remove=change.remove - _busy_of(change, busy))


def _raise_failure(cause: str | None) -> None:
    if cause:
        raise BackendError(cause)
