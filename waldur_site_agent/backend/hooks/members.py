"""Who is on a resource."""

# ruff: noqa: ARG002 - hooks that do nothing by default keep the parameters of the contract

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendUnavailableError,
    UserNotProvisionedError,
)
from waldur_site_agent.backend.hooks.foundation import Foundation
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.backend.structures import AddedUsers, MembersChanged, RemovedUsers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from waldur_site_agent.backend.structures import MembersChange, MembershipStatus
    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource

DEFAULT_ACCOUNT = "root"


class MemberHooks(Foundation):
    """Adding and removing members.

    Users are called by the offering's username, or by their CUID where ``user_resolve_method`` is
    ``"identity_bridge"``.
    """

    def add_users_to_resource(
        self, waldur_resource: WaldurResource, user_ids: set[str], **kwargs: object
    ) -> set[str]:
        """Put users on a resource; called with all who are to be added at once.

        Args:
            waldur_resource: with its id on the backend.
            user_ids: the users.
            **kwargs: ``homedir_umask`` (octal digits), and by user ``user_roles``,
                ``user_emails``, ``user_cuids``, ``user_attributes`` and ``offering_user_states``.
                More may come. The default uses none of them.

        Returns:
            The users who are on the resource now; preferably an :class:`AddedUsers`, which also
            says why others are not. By default one ``add_user`` after the other.

        Raises:
            BackendUnavailableError: the backend stopped answering; the rest is not tried.
        """
        done = _one_by_one(
            sorted(user_ids), lambda user: self.add_user(waldur_resource, user), "add"
        )
        return AddedUsers(done.users, done.failed, done.waiting)

    def add_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Put one user on a resource.

        Args:
            waldur_resource: with its id on the backend.
            username: the user.
            **kwargs: ``role_name`` and ``user_cuid``, where a single change brings them.

        Returns:
            True when the user is on the resource now, False when there was nothing to do: no
            username was given. (1.x plugins also answer False when they fail.)

        Raises:
            UserNotProvisionedError: not yet; no failure.
            BackendError: the backend refused, or the resource has no id.
        """
        backend_id = _id_of(waldur_resource)
        if not (username and username.strip()):
            return False
        if self.client.get_association(username, backend_id) is None:
            account = self.backend_settings.get("default_account", DEFAULT_ACCOUNT)
            self.client.create_association(username, backend_id, account)
        return True

    def remove_users_from_resource(
        self, waldur_resource: WaldurResource, usernames: set[str], **kwargs: object
    ) -> list[str]:
        """Take users off a resource; the counterpart of ``add_users_to_resource``.

        Returns:
            The users who are off the resource now; preferably a :class:`RemovedUsers`.

        Raises:
            BackendUnavailableError: the backend stopped answering; the rest is not tried.
        """
        done = _one_by_one(
            sorted(usernames), lambda user: self.remove_user(waldur_resource, user), "remove"
        )
        return RemovedUsers(done.users, {**done.waiting, **done.failed})

    def remove_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Take one user off a resource, after ``_pre_delete_user_actions``.

        Args:
            waldur_resource: with its id on the backend.
            username: the user.
            **kwargs: ``role_name`` and ``user_cuid``, where a single change brings them.

        Returns:
            True when the user is off the resource now, False when there was nothing to do: no
            username was given. (1.x plugins also answer False when they fail.)

        Raises:
            BackendError: the backend refused, or the resource has no id.
        """
        backend_id = _id_of(waldur_resource)
        if not (username and username.strip()):
            return False
        if self.client.get_association(username, backend_id) is not None:
            self._pre_delete_user_actions(backend_id, username)
            self.client.delete_association(username, backend_id)
        return True

    def change_members(self, changes: Sequence[MembersChange]) -> list[MembersChanged]:
        """Change the members of many resources; a backend that can do so in bulk overrides this.

        Called in a membership pass with all that differs. By default, resource after resource:
        ``add_users_to_resource``, then ``remove_users_from_resource``.

        Args:
            changes: one for each resource that has a difference.

        Returns:
            One answer for each, in the same order. A refusal stays with its resource.

        Raises:
            BackendUnavailableError: the backend stopped answering; the rest is not tried.
        """
        return [self._change_members_of_one(change) for change in changes]

    def _change_members_of_one(self, change: MembersChange) -> MembersChanged:
        added, removed = AddedUsers(), RemovedUsers()
        try:
            if change.add:
                answer = self.add_users_to_resource(
                    change.resource, set(change.add), **change.arguments
                )
                added = told_added(answer, change.add)
            if change.remove:
                gone = self.remove_users_from_resource(change.resource, set(change.remove))
                removed = told_removed(gone, change.remove)
        except BackendUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - one resource's failure, of whatever kind, stops no other
            return MembersChanged(added=added, removed=removed, error=error)
        return MembersChanged(added=added, removed=removed)

    def _pre_delete_user_actions(self, resource_backend_id: str, username: str) -> None:
        """End what a user has running on a resource, before the user is taken off it.

        Nothing by default.
        """

    def normalize_username(self, username: str) -> str:
        """The form in which the backend lists a user, such as lower case; unchanged by default.

        The agent compares what Waldur and the backend have in this form.
        """
        return username

    def process_existing_users(self, existing_users: set[str]) -> None:
        """Look after users who are on a resource and stay; in every membership pass.

        Nothing by default.
        """

    def reconcile_existing_user_roles(
        self,
        waldur_resource: WaldurResource,
        existing_users: set[str],
        user_roles: Mapping[str, str],
        user_cuids: Mapping[str, str],
    ) -> None:
        """Bring the roles of users who stay in line with Waldur's; in every membership pass.

        Args:
            waldur_resource: with its id on the backend.
            existing_users: who stays.
            user_roles: role names by user.
            user_cuids: stable identities by user.
        """

    def update_user_attributes(self, username: str, attributes: Mapping[str, object]) -> None:
        """Take over a user's changed profile; called when Waldur tells of it.

        Args:
            username: the user, as the backend knows its members.
            attributes: the fields that the provider may see, by name.
        """

    def get_membership_sync_report(
        self, waldur_resource: WaldurResource
    ) -> list[MembershipStatus] | None:
        """Say how far each grant has come on the backend, for Waldur to show.

        Called after members were synced, where the resource's offering asks for it. None, the
        default: nothing is reported.
        """
        return None

    def sync_offering_user_usernames(
        self, offering_uuid: str, waldur_rest_client: PluginClient
    ) -> bool:
        """Bring usernames in Waldur in line with the backend's; before members are synced.

        Called where the offering's ``username_reconciliation_enabled`` is set.

        Returns:
            Whether a name in Waldur was changed.
        """
        return False

    def release_users(self, usernames: set[str]) -> None:
        """Let go of users whom Waldur no longer knows at this offering. Nothing by default."""


def told_added(answer: Iterable[str], wanted: Iterable[str]) -> AddedUsers:
    """Complete the answer of ``add_users_to_resource``: 1.x plugins do not say who failed."""
    failed, waiting = _causes(answer, "failed"), _causes(answer, "waiting")
    added = frozenset(answer)
    silent = set(wanted) - added - failed.keys() - waiting.keys()
    return AddedUsers(added, {**failed, **dict.fromkeys(silent, "not added")}, waiting)


def told_removed(answer: Iterable[str], wanted: Iterable[str]) -> RemovedUsers:
    """Complete the answer of ``remove_users_from_resource`` in the same way."""
    failed = _causes(answer, "failed")
    removed = frozenset(answer)
    silent = set(wanted) - removed - failed.keys()
    return RemovedUsers(sorted(removed), {**failed, **dict.fromkeys(silent, "not removed")})


def _causes(answer: object, kind: str) -> dict[str, str]:
    causes: Mapping[object, object] = getattr(answer, kind, {})
    return {str(user): str(cause) for user, cause in causes.items()}


def _id_of(resource: WaldurResource) -> str:
    backend_id = resource.backend_id
    if not (backend_id and backend_id.strip()):
        raise BackendError("the resource has no id on the backend, so it can have no members")
    return backend_id


@dataclass(frozen=True)
class _Done:
    """What came of changing user after user; causes by user."""

    users: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)


def _one_by_one(users: Iterable[str], change: Callable[[str], bool], what: str) -> _Done:
    """Change user after user; a refusal of one stops no other, an outage stops all."""
    done = _Done()
    for user in users:
        try:
            if change(user):
                done.users.append(user)
        except UserNotProvisionedError as error:
            done.waiting[user] = scrub_secrets(str(error)) or "is not provisioned yet"
        except BackendUnavailableError:
            raise
        except BackendError as error:
            done.failed[user] = scrub_secrets(str(error))
    if done.failed:
        total = len(done.failed) + len(done.users)
        logger.warning("Could not %s %d of %d users", what, len(done.failed), total)
    return done
