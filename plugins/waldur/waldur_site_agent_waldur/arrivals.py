"""Who is to come to a resource, out of the arguments of ``add_users_to_resource``. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_waldur.people import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Somebody who is to come.

    Attributes:
        user_id: by which the agent knows the user.
        identity: who that is.
        role: on the source; empty where it is not told.
    """

    user_id: str
    identity: Identity
    role: str = ""


def arrivals(user_ids: Iterable[str], given: Mapping[str, object]) -> list[Arrival]:
    """Put together what is known of each user, by name.

    Where the agent tells CUIDs, a user without one is an account of a project, and no person. Who
    calls without any means the user ids as such.
    """
    themselves = {user: user for user in user_ids}
    cuids = _texts(given, "user_cuids") if "user_cuids" in given else themselves
    emails, roles = _texts(given, "user_emails"), _texts(given, "user_roles")
    return [
        Arrival(
            user_id=user,
            identity=Identity(
                cuid=cuids.get(user, ""),
                email=emails.get(user, ""),
                profile=_profile(given, user),
            ),
            role=roles.get(user, ""),
        )
        for user in sorted(user_ids)
    ]


def _profile(given: Mapping[str, object], user: str) -> Mapping[str, object]:
    profile = _by_user(given, "user_attributes").get(user)
    return profile if isinstance(profile, dict) else {}


def _texts(given: Mapping[str, object], name: str) -> dict[str, str]:
    return {user: str(value) for user, value in _by_user(given, name).items() if value}


def _by_user(given: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = given.get(name)
    return found if isinstance(found, dict) else {}
