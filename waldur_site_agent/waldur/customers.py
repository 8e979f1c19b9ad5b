"""Organisations, with the people in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.people import CustomerUser
from waldur_site_agent.waldur.projects import CUSTOMERS
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest


class Customers:
    """What is read of organisations. Raises ``WaldurError`` when Waldur did not tell."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def users(self, uuid: UUID | str) -> list[CustomerUser]:
        """List everybody with a role in an organisation or in any of its projects.

        One listing instead of ``projects.members`` for each project; older servers do not name
        the roles in projects (``role_name`` is empty then), and a token that is no owner's may be
        refused: ``projects.members`` is what is left. It also stays the authority where a role
        is taken away from somebody.
        """
        query = filters(field=fields_of(CustomerUser))
        path = f"{CUSTOMERS}{hex_of(uuid)}/users/"
        return self._rest.list(Call.get("customers.users", path, query), CustomerUser)
