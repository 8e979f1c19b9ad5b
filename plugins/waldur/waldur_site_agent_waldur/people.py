"""Finding a person of the source on the target.

Who is found stays found for the rest of the pass; who is not is looked for again the next time.
Nothing here is logged that tells a person: names and addresses are personal data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent_waldur.door import NotOnTargetError
from waldur_site_agent_waldur.profiles import IdentityProfiles
from waldur_site_agent_waldur.settings import MatchField, ResolveMethod

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent_waldur.memberships import Person
    from waldur_site_agent_waldur.settings import FederationSettings


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A person, as the source knows them.

    Attributes:
        cuid: the stable identity; empty for accounts of projects, which are no persons.
        profile: the personal fields that the provider may see, by their plain names.
    """

    cuid: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    profile: Mapping[str, object] = field(default_factory=dict, repr=False)


class People:
    """The people of the target, as far as they are asked about."""

    def __init__(self, waldur: Waldur, settings: FederationSettings) -> None:
        """Ask nothing yet."""
        self._waldur = waldur
        self._settings = settings
        self._found: dict[str, UUID] = {}
        self._profiles = IdentityProfiles(waldur, settings.identity_source)

    def find(self, identity: Identity) -> UUID | None:
        """A person's UUID on the target; None for one whom it does not know, or not surely.

        Raises:
            BackendError: the target refused to tell, or to take the profile.
            BackendUnavailableError: it could not be asked.
        """
        key = key_of(self._settings, cuid=identity.cuid, email=identity.email)
        if not key:
            return None
        if key not in self._found and (uuid := self._ask(identity)) is not None:
            self._found[key] = uuid
        return self._found.get(key)

    def _ask(self, identity: Identity) -> UUID | None:
        match self._settings.resolve_method:
            case ResolveMethod.IDENTITY_BRIDGE:
                return self._profiles.push(identity.cuid, identity.profile)
            case ResolveMethod.REMOTE_EDUTEAMS:
                return self._at_eduteams(identity.cuid)
            case ResolveMethod.USER_FIELD:
                return self._by_field(identity)

    def _at_eduteams(self, cuid: str) -> UUID | None:
        try:
            return self._waldur.remote_eduteams.resolve(cuid)
        except NotOnTargetError:
            return None

    def _by_field(self, identity: Identity) -> UUID | None:
        if self._settings.match_field is MatchField.EMAIL:
            found = [
                user for user in self._waldur.users.with_email(identity.email) if user.is_active
            ]
            # Several people with one address: nobody may get another's access.
            return found[0].uuid if len(found) == 1 else None
        user = self._waldur.users.with_username(identity.cuid)
        return user.uuid if user is not None and user.is_active else None


def matches_by_email(settings: FederationSettings) -> bool:
    """Whether people are the same who have the same e-mail address, rather than the same CUID."""
    by_field = settings.resolve_method is ResolveMethod.USER_FIELD
    return by_field and settings.match_field is MatchField.EMAIL


def key_of(settings: FederationSettings, *, cuid: str, email: str) -> str:
    """What a person is known by on both sides; empty where that is not told."""
    return email.casefold() if matches_by_email(settings) else cuid


def key_on_target(settings: FederationSettings, person: Person) -> str:
    """The same of a person on the target, whose username is the CUID."""
    return key_of(settings, cuid=person.username, email=person.email)
