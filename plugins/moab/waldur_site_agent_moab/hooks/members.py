"""Who is on a resource's account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_moab.hooks.foundation import Foundation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.structures import MembersChange, MembersChanged
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class MemberHooks(Foundation):
    """The base class's way, a user after the other, on one reading of all accounts."""

    def add_users_to_resource(
        self, waldur_resource: WaldurResource, user_ids: set[str], **kwargs: object
    ) -> set[str]:
        """Make users members of a resource's account."""
        self._account_of(waldur_resource)
        with self.client.one_view():
            return super().add_users_to_resource(waldur_resource, user_ids, **kwargs)

    def remove_users_from_resource(
        self, waldur_resource: WaldurResource, usernames: set[str], **kwargs: object
    ) -> list[str]:
        """Take users off a resource's account."""
        self._account_of(waldur_resource)
        with self.client.one_view():
            return super().remove_users_from_resource(waldur_resource, usernames, **kwargs)

    def change_members(self, changes: Sequence[MembersChange]) -> list[MembersChanged]:
        """Change the members of many accounts, which are read once."""
        with self.client.one_view():
            return super().change_members(changes)
