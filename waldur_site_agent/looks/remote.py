"""Looks at what another Waldur, which serves the offering, told of.

Its messages name things by its own UUIDs, which are ``backend_id`` in ours. What is found is looked
at as ever; what is not, nobody has told our Waldur of yet, and reconciliation comes to it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from waldur_site_agent.events.keys import Hint, Key, Kind
from waldur_site_agent.looks.members import look_over
from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.membership.observing import LIVING
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.sites.reads import RARELY_CHANGING
from waldur_site_agent.waldur.models.states import OrderState
from waldur_site_agent.work.settlements import Done

if TYPE_CHECKING:
    from waldur_site_agent.looks.desk import Desk


def look_at_remote_order(desk: Desk, uuid: str) -> Outcome:
    """Look at the order that waits for another Waldur's.

    Raises:
        WaldurError: Waldur did not tell.
    """
    if Role.ORDER_PROCESSING not in desk.roles:
        return Outcome(settlement=Done())
    waiting = desk.waldur.orders.list(desk.uuid, states=[OrderState.EXECUTING])
    then = tuple(
        Hint(Key(desk.uuid, Kind.ORDER, order.uuid.hex))
        for order in waiting
        if _hex(order.backend_id) == uuid
    )
    return Outcome(settlement=Done(), then=then)


def look_at_remote_resource(desk: Desk, uuid: str) -> Outcome:
    """Look at the resource that another Waldur's stands for.

    Raises:
        WaldurError: Waldur did not tell.
        BackendError: the backend did not answer at all.
        StoppedError: the process is to end.
    """
    if Role.MEMBERSHIP_SYNC not in desk.roles:
        return Outcome(settlement=Done())
    dashed = str(UUID(uuid))
    found = desk.waldur.resources.list(desk.uuid, states=LIVING, backend_id=dashed)
    return look_over(desk, found)


def look_at_remote_names(desk: Desk) -> Outcome:
    """Take over the names that another Waldur gave.

    Raises:
        WaldurError: Waldur did not tell, or take them.
        BackendError: the backend did not tell.
    """
    if not desk.offering.username_reconciliation_enabled or Role.MEMBERSHIP_SYNC not in desk.roles:
        return Outcome(settlement=Done())
    with desk.site(Role.MEMBERSHIP_SYNC, keep=RARELY_CHANGING) as site:
        site.backend.sync_offering_user_usernames(desk.uuid, site.client)
    return Outcome(settlement=Done())


def _hex(text: str) -> str:
    """A UUID as messages have it, or nothing where a text is none."""
    with suppress(ValueError):
        return UUID(text).hex
    return ""
