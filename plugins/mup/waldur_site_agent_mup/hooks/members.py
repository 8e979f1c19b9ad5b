"""Who is on a resource: the active members of its project on MUP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendUnavailableError,
    UserNotProvisionedError,
)
from waldur_site_agent.backend.structures import AddedUsers, RemovedUsers
from waldur_site_agent_mup.hooks.foundation import Foundation
from waldur_site_agent_mup.memberships import place_of
from waldur_site_agent_mup.people import member

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_mup.people import Person
    from waldur_site_agent_mup.portal.records import Id
    from waldur_site_agent_mup.view import View


SHARED = (
    "several projects in Waldur bear the same grant number, so who leaves one may be on another's "
    "team: give each a grant of its own"
)


class MemberHooks(Foundation):
    """Members coming and going. They belong to the project, so its resources share them."""

    def add_users_to_resource(
        self, waldur_resource: WaldurResource, user_ids: set[str], **kwargs: object
    ) -> AddedUsers:
        """Put users into a resource's project; one who was there before is switched on again."""
        people = [member(name, kwargs) for name in sorted(user_ids) if name and name.strip()]
        added = AddedUsers()
        with self._one_view() as view:
            project = self._existing(view, waldur_resource.backend_id).project
            for person in people:
                self._add_or_tell(view, project, person, added)
        _tell("added to", added.failed)
        return added

    def _add_or_tell(self, view: View, project: Id, person: Person, added: AddedUsers) -> None:
        """Add one; a refusal of one stops no other, an outage stops all."""
        try:
            self._add(view, project, person)
        except UserNotProvisionedError as error:
            added.waiting[person.username] = str(error)
        except BackendUnavailableError:
            raise
        except BackendError as error:
            added.failed[person.username] = str(error)
        else:
            added.add(person.username)

    def _add(self, view: View, project: Id, person: Person) -> None:
        place = place_of(view.members(project), person.username, person.email)
        if place is not None:
            view.switch_member(project, place, active=True)
            return
        user = self._accounts.ensure(person, field=self.settings.default_research_field)
        place = place_of(view.members(project), user.username, user.email)
        if place is not None:
            view.switch_member(project, place, active=True)
        else:
            view.add_member(project, user)

    def add_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Put one user into a resource's project."""
        if not (username and username.strip()):
            return False
        added = self.add_users_to_resource(waldur_resource, {username}, **kwargs)
        if username in added.waiting:
            raise UserNotProvisionedError(added.waiting[username])
        if username in added.failed:
            raise BackendError(added.failed[username])
        return True

    def remove_users_from_resource(
        self, waldur_resource: WaldurResource, usernames: set[str], **kwargs: object
    ) -> RemovedUsers:
        """Switch members of a resource's project off."""
        del kwargs
        removed = RemovedUsers()
        with self._one_view() as view:
            project = self._existing(view, waldur_resource.backend_id).project
            leaving = sorted(name for name in usernames if name and name.strip())
            if view.is_shared(project):
                removed.failed.update(dict.fromkeys(leaving, SHARED))
                leaving = []
            for username in leaving:
                self._remove_or_tell(view, project, username, removed)
        _tell("removed from", removed.failed)
        return removed

    def _remove_or_tell(
        self, view: View, project: Id, username: str, removed: RemovedUsers
    ) -> None:
        place = place_of(view.members(project), username)
        try:
            if place is not None:
                view.switch_member(project, place, active=False)
        except BackendUnavailableError:
            raise
        except BackendError as error:
            removed.failed[username] = str(error)
        else:
            removed.append(username)

    def remove_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Switch one member of a resource's project off."""
        if not (username and username.strip()):
            return False
        removed = self.remove_users_from_resource(waldur_resource, {username}, **kwargs)
        if username in removed.failed:
            raise BackendError(removed.failed[username])
        return True


def _tell(what: str, failed: dict[str, str]) -> None:
    """Count rather than name: usernames are personal data."""
    if failed:
        logger.warning("%d users could not be %s a project on MUP", len(failed), what)
