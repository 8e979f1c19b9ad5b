"""Roles that people can be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters
from waldur_site_agent.waldur.models.people import Role
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    import builtins

    from waldur_site_agent.waldur.rest import Rest


class Roles:
    """Roles of a server. Raises ``WaldurError`` when Waldur did not tell."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(self, *, name: str | None = None) -> builtins.list[Role]:
        """List all roles, some twenty, or those of exactly one name.

        Servers match parts of a name; only whole matches are answered here.
        """
        query = filters(name=name, field=fields_of(Role))
        found = self._rest.list(Call.get("roles.list", "roles/", query), Role)
        return [role for role in found if name in (None, role.name)]
