"""Whom Waldur knows at an offering, in a form that is cheap for a hundred thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.models.states import OfferingUserState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from waldur_site_agent.waldur.models import OfferingUserBrief

GOING = (
    OfferingUserState.REQUESTED_DELETION,
    OfferingUserState.DELETING,
    OfferingUserState.DELETED,
    OfferingUserState.ERROR_DELETING,
)
"""States of accounts that are to be removed from the site, or were."""


class People:
    """An offering's users, by person and by the backend's form of their names."""

    def __init__(
        self, users: Iterable[OfferingUserBrief], *, normalize: Callable[[str], str]
    ) -> None:
        """Index all users of an offering, in any state, the restricted included.

        Args:
            users: as Waldur lists them.
            normalize: brings a username into the form in which the backend lists it.
        """
        self._of_person: dict[UUID, OfferingUserBrief] = {}
        self._named: dict[str, OfferingUserBrief] = {}
        for user in users:
            if user.user_uuid is not None:
                self._of_person[user.user_uuid] = user
            if user.username:
                self._keep_name(normalize(user.username), user)

    def _keep_name(self, name: str, user: OfferingUserBrief) -> None:
        """A name may have been given anew after its first bearer was deleted: the living counts."""
        known = self._named.get(name)
        if known is None or known.state in GOING:
            self._named[name] = user

    def of_person(self, user_uuid: UUID) -> OfferingUserBrief | None:
        """A person's account at the offering."""
        return self._of_person.get(user_uuid)

    def named(self, name: str) -> OfferingUserBrief | None:
        """Whom a name of the backend belongs to, or belonged."""
        return self._named.get(name)

    @property
    def names(self) -> Mapping[str, OfferingUserBrief]:
        """All users that have names, by the backend's form of them."""
        return self._named
