"""Handing a person's changed profile to the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.membership.members import attributes, known_by
from waldur_site_agent.membership.people import key_of
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.sites.reads import RARELY_CHANGING
from waldur_site_agent.work.settlements import Done

if TYPE_CHECKING:
    from waldur_site_agent.looks.desk import Desk

WITHOUT_CONFIGURATION = tuple(name for name in RARELY_CHANGING if name != "exposed_fields")


def look_at_attributes(desk: Desk, user_uuid: str) -> Outcome:
    """Tell the backend what Waldur says of a person now, as far as the provider may see it.

    The message's own words may be old, and are not used.

    Raises:
        WaldurError: Waldur did not tell.
        Exception: whatever the plugin raises; judged by the caller.
    """
    with desk.site(Role.MEMBERSHIP_SYNC, keep=WITHOUT_CONFIGURATION) as site:
        if not overrides(site.backend, "update_user_attributes"):
            return Outcome(settlement=Done())
        exposed = site.reads.exposed_fields
        accounts = site.waldur.offering_users.list(
            desk.uuid, user_uuid=user_uuid, exposed_fields=exposed
        )
        key = known_by(site.backend)
        for account in accounts:
            name = key_of(account, key)
            if name and not account.is_restricted:
                site.backend.update_user_attributes(name, attributes(account, exposed))
    return Outcome(settlement=Done())
