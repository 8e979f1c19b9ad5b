"""Whose usage it is: names at the site, and accounts at the offering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.models.states import OfferingUserState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import OfferingUserBrief


class People:
    """The users of an offering by the names under which the backend reports them.

    Raises ``WaldurError`` where they cannot be listed: a usage that is sent without its account
    would stay so while it does not change.
    """

    def __init__(self, site: Site) -> None:
        """Read the offering's users."""
        self._normalize = site.backend.normalize_username
        named = [user for user in site.reads.brief_users if user.username]
        # Of several accounts of one name, the last that is in use counts.
        named.sort(key=lambda user: user.state != OfferingUserState.DELETED)
        self._by_name: Mapping[str, OfferingUserBrief] = {
            self._normalize(user.username): user for user in named
        }

    def name_of(self, reported: str) -> str:
        """A user's name as Waldur has it; the reported one for whom Waldur does not know."""
        user = self._by_name.get(self._normalize(reported))
        return user.username if user else reported

    def account_of(self, name: str) -> UUID | None:
        """The user's account at the offering, where there is one."""
        user = self._by_name.get(self._normalize(name))
        return user.uuid if user else None
