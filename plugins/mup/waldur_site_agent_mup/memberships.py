"""Finding somebody among a project's members. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waldur_site_agent_mup.portal.records import Member


def place_of(members: Iterable[Member], username: str, email: str = "") -> Member | None:
    """Find a person's place: by e-mail address, or by name where the address is not known.

    A name with another address is somebody else's. Of several places, an active one comes first.
    """
    wanted = email.strip().casefold()
    places = [one for one in members if _is_of(one, username, wanted)]
    return min(places, key=lambda one: not one.is_active, default=None)


def _is_of(member: Member, username: str, email: str) -> bool:
    if email and member.email:
        return member.email.casefold() == email
    return member.username == username
