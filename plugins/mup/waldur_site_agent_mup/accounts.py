"""Finding people on the portal, and asking for those who are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendUnavailableError,
    UserNotProvisionedError,
)
from waldur_site_agent_mup.profiles import user_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_mup.people import Person
    from waldur_site_agent_mup.portal.portal import Portal
    from waldur_site_agent_mup.portal.records import User
    from waldur_site_agent_mup.settings import MupSettings


class Accounts:
    """People on the portal, in one pass."""

    def __init__(self, portal: Portal, settings: MupSettings) -> None:
        """Read nothing yet."""
        self._users = portal.users
        self._settings = settings
        self._requested: list[User] | None = None
        self._linked: set[str] = set()

    def ensure(self, person: Person, *, field: int) -> User:
        """Find a person, or ask for a new user, and tell MUP the person's MyAccessID.

        Args:
            person: who.
            field: the research field's id of a new user.

        Raises:
            UserNotProvisionedError: the person cannot be asked for yet.
            BackendError: MUP refused, or has somebody else under the name.
        """
        user = self.find(person) or self._request(person, field)
        self._link(user, person.cuid)
        return user

    def find(self, person: Person) -> User | None:
        """Find a person by e-mail address, by name, or among those who were asked for.

        Raises:
            BackendError: the name is somebody else's, by all that MUP tells.
        """
        return self._of_email(person.email) or self._named(person)

    def _of_email(self, email: str) -> User | None:
        if not email:
            return None
        return self._users.of_email(email) or self._waiting(lambda one: _same(one.email, email))

    def _named(self, person: Person) -> User | None:
        name = person.username
        if not name:
            return None
        user = self._users.named(name) or self._waiting(lambda one: one.username == name)
        if user is not None and not _may_be(user, person):
            raise BackendError(
                "MUP has a user of this name with another e-mail address: make sure who it is, and "
                "correct one of the two"
            )
        return user

    def _waiting(self, is_wanted: Callable[[User], bool]) -> User | None:
        if self._requested is None:
            self._requested = self._users.requested()
        return next(filter(is_wanted, self._requested), None)

    def _request(self, person: Person, field: int) -> User:
        if not person.is_ready or not person.username:
            raise UserNotProvisionedError("the account at the site is not ready yet")
        if not person.email and not person.cuid:
            raise UserNotProvisionedError("MUP takes persons only, and this is a machine's account")
        if not person.email:
            raise BackendError(
                "MUP knows people by e-mail address, and this one's is not told: expose it among "
                "the offering's user attributes in Waldur"
            )
        self._requested = None
        made = self._users.request(user_request(person, self._settings, field=field))
        logger.info("A user was asked for on MUP")
        return made

    def _link(self, user: User, cuid: str) -> None:
        """Tell MUP a MyAccessID that it lacks; who is refused comes in by other ways."""
        if not cuid or cuid in self._linked or cuid in self._keys(user):
            return
        try:
            self._users.link_identity(user.id, cuid)
            self._linked.add(cuid)
        except BackendUnavailableError:
            raise
        except BackendError as error:
            logger.warning("A MyAccessID was not taken: %s", error)

    def _keys(self, user: User) -> frozenset[str]:
        if user.keys is not None:
            return user.keys
        full = self._users.get(user.id)
        return full.keys or frozenset() if full else frozenset()


def _may_be(user: User, person: Person) -> bool:
    """Whether a user of the same name is the person: the addresses agree, or the identity does."""
    if not user.email or not person.email or _same(user.email, person.email):
        return True
    return bool(person.cuid) and person.cuid in (user.keys or ())


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
