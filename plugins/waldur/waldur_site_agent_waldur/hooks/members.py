"""Who is on a resource: whoever has a role in its project on the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
)
from waldur_site_agent.backend.structures import AddedUsers, RemovedUsers
from waldur_site_agent_waldur.arrivals import arrivals
from waldur_site_agent_waldur.granting import Granting
from waldur_site_agent_waldur.hooks.foundation import Foundation
from waldur_site_agent_waldur.memberships import Person
from waldur_site_agent_waldur.people import (
    Identity,
    key_of,
    key_on_target,
    matches_by_email,
)
from waldur_site_agent_waldur.projects import stands_for_another
from waldur_site_agent_waldur.settings import Missing, ResolveMethod

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_waldur.arrivals import Arrival

UNKNOWN = "the target Waldur does not know the user yet"
NO_PERSON = "accounts of projects are not handed to the target Waldur"
ELSEWHERE = (
    "the resource was moved to another project here, and on the target Waldur it is still in the "
    "project that stands for the former one, whose team that is: have the target's staff move it"
)


class MemberHooks(Foundation):
    """Members are known by what they have in common on both sides: CUID or e-mail address."""

    def add_users_to_resource(
        self, waldur_resource: WaldurResource, user_ids: set[str], **kwargs: object
    ) -> AddedUsers:
        """Give users their roles in the resource's project; one who fails stops no other."""
        project = self._project_of(waldur_resource)
        added = AddedUsers()
        for arrival in arrivals(user_ids, kwargs):
            try:
                self._let_in(project, arrival, added)
            except (BackendError, BackendNotReadyError) as error:
                self._require_answers(error)
                added.failed[arrival.user_id] = str(error)
        return added

    def _require_answers(self, error: Exception) -> None:
        """Let a failure concern one person, unless the target is away, which concerns all."""
        if isinstance(error, BackendUnavailableError) and not self.ping():
            raise error

    def _let_in(self, project: UUID, arrival: Arrival, added: AddedUsers) -> None:
        uuid = self._present(project, arrival) or self.target.people.find(arrival.identity)
        if uuid is None:
            self._tell_missing(arrival, added)
            return
        who = arrival.identity
        newcomer = Person(uuid=uuid, username=who.cuid, email=who.email)
        role = self.role_rules.on_target(arrival.role)
        self._granting.let_in(project, newcomer, role, is_told=bool(arrival.role))
        added.add(arrival.user_id)

    def _present(self, project: UUID, arrival: Arrival) -> UUID | None:
        """The person, where the project has just one who is known so: nothing need be asked."""
        key = key_of(self.settings, cuid=arrival.identity.cuid, email=arrival.identity.email)
        found = self._people_on(project).get(key, [])
        return found[0].uuid if key and len(found) == 1 else None

    def _tell_missing(self, arrival: Arrival, added: AddedUsers) -> None:
        if not arrival.identity.cuid:
            added.waiting[arrival.user_id] = NO_PERSON
        elif self.settings.when_missing is Missing.FAIL:
            added.failed[arrival.user_id] = UNKNOWN
        else:
            added.waiting[arrival.user_id] = UNKNOWN

    def add_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Give one user a role in the resource's project.

        Raises:
            BackendError: the target refused, or does not know the user.
        """
        if not username.strip():
            return False
        cuid = str(kwargs.get("user_cuid") or username)
        roles = {username: str(kwargs.get("role_name") or "")}
        added = self.add_users_to_resource(
            waldur_resource, {username}, user_roles=roles, user_cuids={username: cuid}
        )
        for cause in (*added.failed.values(), *added.waiting.values()):
            raise BackendError(cause)
        return True

    def remove_users_from_resource(
        self,
        waldur_resource: WaldurResource,
        usernames: set[str],
        **kwargs: object,  # noqa: ARG002 - the contract's parameter
    ) -> RemovedUsers:
        """Take all their roles in the resource's project from users."""
        project = self._project_of(waldur_resource)
        people = self._people_on(project)
        removed = RemovedUsers()
        for name in sorted(usernames):
            try:
                for person in people.get(self.normalize_username(name), ()):
                    self._granting.take_all(project, person)
                removed.append(name)
            except (BackendError, BackendNotReadyError) as error:
                self._require_answers(error)
                removed.failed[name] = str(error)
        return removed

    def remove_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Take one user's roles in the resource's project.

        Raises:
            BackendError: the target refused.
        """
        if not username.strip():
            return False
        cuid = str(kwargs.get("user_cuid") or username)
        removed = self.remove_users_from_resource(waldur_resource, {cuid})
        for cause in removed.failed.values():
            raise BackendError(cause)
        return True

    def reconcile_existing_user_roles(
        self,
        waldur_resource: WaldurResource,
        existing_users: set[str],
        user_roles: Mapping[str, str],
        user_cuids: Mapping[str, str],  # noqa: ARG002 - the contract's parameter
    ) -> None:
        """Bring the roles of those who stay in line: what is missing comes before what goes."""
        project = self._project_of(waldur_resource)
        people = self._people_on(project)
        for name in sorted(existing_users & user_roles.keys()):
            role = user_roles[name]
            for person in people.get(self.normalize_username(name), ()) if role else ():
                self._granting.bring_to(project, person, {self.role_rules.on_target(role)})

    def update_user_attributes(self, username: str, attributes: Mapping[str, object]) -> None:
        """Tell the identity bridge a profile that changed; other methods hand on none.

        Raises:
            BackendError: the target refused.
        """
        if self.settings.resolve_method is ResolveMethod.IDENTITY_BRIDGE:
            self.target.people.find(Identity(cuid=username, profile=attributes))

    def normalize_username(self, username: str) -> str:
        """E-mail addresses are the same in whichever case."""
        return username.casefold() if matches_by_email(self.settings) else username

    def _people_on(self, project: UUID) -> dict[str, list[Person]]:
        """A project's people by what they are known by on both sides."""
        people: dict[str, list[Person]] = {}
        own = self.target.reads.own_user.uuid
        for person in self.target.reads.members.of(project).values():
            if person.uuid != own:
                people.setdefault(key_on_target(self.settings, person), []).append(person)
        return people

    def _project_of(self, resource: WaldurResource) -> UUID:
        """The project on the target, whose team is that of the resource's project.

        Raises:
            BackendError: it is not told, or is the team of another project of the source.
        """
        project = self._project_on_target(resource)
        if stands_for_another(project, resource):
            raise BackendError(ELSEWHERE)
        return project.uuid

    @property
    def _granting(self) -> Granting:
        return Granting(self.target.waldur, self.target.reads)
