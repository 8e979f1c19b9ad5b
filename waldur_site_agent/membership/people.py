"""Whom Waldur knows at an offering, in a form that is cheap for a hundred thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import MemberKey
from waldur_site_agent.membership.members import known_by
from waldur_site_agent.waldur.models.states import OfferingUserState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import OfferingUser, OfferingUserBrief

    Account = OfferingUser | OfferingUserBrief
    """A person's account at the offering, with or without the personal fields."""

GOING = (
    OfferingUserState.REQUESTED_DELETION,
    OfferingUserState.DELETING,
    OfferingUserState.DELETED,
    OfferingUserState.ERROR_DELETING,
)
"""States of accounts that are to be removed from the site, or were."""


def accounts_by_key(site: Site) -> Sequence[Account]:
    """All users of an offering with what the backend knows them by.

    Raises:
        WaldurError: the users could not be listed.
    """
    by_name = known_by(site.backend) is MemberKey.USERNAME
    return site.reads.brief_users if by_name else site.reads.offering_users


def key_of(account: Account, key: MemberKey) -> str:
    """What a backend knows an account by; empty where Waldur does not tell it."""
    match key:
        case MemberKey.USERNAME:
            return account.username
        case MemberKey.CUID:
            return getattr(account, "user_username", "")
        case MemberKey.EMAIL:
            return getattr(account, "user_email", "") or ""


class People:
    """An offering's users, by person and by the backend's form of their names."""

    def __init__(
        self,
        users: Iterable[Account],
        *,
        normalize: Callable[[str], str],
        known_by: MemberKey = MemberKey.USERNAME,
    ) -> None:
        """Index all users of an offering, in any state, the restricted included.

        Args:
            users: as Waldur lists them.
            normalize: brings a username into the form in which the backend lists it.
            known_by: which of their names the backend lists.
        """
        self._of_person: dict[UUID, Account] = {}
        self._named: dict[str, Account] = {}
        for user in users:
            if user.user_uuid is not None:
                self._of_person[user.user_uuid] = user
            if name := key_of(user, known_by):
                self._keep_name(normalize(name), user)

    def _keep_name(self, name: str, user: Account) -> None:
        """A name may have been given anew after its first bearer was deleted: the living counts."""
        known = self._named.get(name)
        if known is None or known.state in GOING:
            self._named[name] = user

    def of_person(self, user_uuid: UUID) -> Account | None:
        """A person's account at the offering."""
        return self._of_person.get(user_uuid)

    def named(self, name: str) -> Account | None:
        """Whom a name of the backend belongs to, or belonged."""
        return self._named.get(name)

    @property
    def names(self) -> Mapping[str, Account]:
        """All users that have names, by the backend's form of them."""
        return self._named
