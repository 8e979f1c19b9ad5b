"""A person as the hooks tell of one: by keyword arguments for members, by the context at first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendNotReadyError

if TYPE_CHECKING:
    from collections.abc import Iterable

MANAGER = ("manager", "project.manager")
"""As a team tells it; servers differ."""
OK = "OK"
PERSONAL = (
    "first_name",
    "last_name",
    "full_name",
    "personal_title",
    "gender",
    "birth_date",
    "country_of_residence",
    "nationality",
    "organization",
    "organization_type",
)
"""The attributes that MUP is told, by Waldur's names."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who is to be on MUP.

    Attributes:
        username: at the site; blank while there is none.
        cuid: the stable identity, which is the MyAccessID.
        is_ready: the account at the site may be used.
        attributes: what the offering exposes of the person, by Waldur's names.
    """

    username: str
    email: str
    cuid: str = ""
    is_ready: bool = True
    attributes: Mapping[str, object] = field(default_factory=dict, repr=False)


def member(username: str, told: Mapping[str, object]) -> Person:
    """Read one person out of the keyword arguments of ``add_users_to_resource``."""
    attributes = _of(told, "user_attributes", username)
    own = attributes if isinstance(attributes, Mapping) else {}
    state = _of(told, "offering_user_states", username)
    return Person(
        username=username,
        email=str(_of(told, "user_emails", username) or own.get("email") or "").strip(),
        cuid=str(_of(told, "user_cuids", username) or "").strip(),
        is_ready=str(state or OK) == OK,
        attributes=own,
    )


def _of(told: Mapping[str, object], kind: str, username: str) -> object:
    by_user = told.get(kind)
    return by_user.get(username) if isinstance(by_user, Mapping) else None


def managers(context: Mapping[str, object], *, named_by_waldur: bool = False) -> list[Person]:
    """The project's managers out of a ``user_context``; those whose account is ready come first.

    Args:
        context: as hooks get it.
        named_by_waldur: people are called at the site as in Waldur, so that a name is known before
            there is an account: Waldur opens that only when the first resource is there.

    Raises:
        BackendNotReadyError: there is none yet.
    """
    found = list(_managers(context, named_by_waldur=named_by_waldur))
    if not found:
        raise BackendNotReadyError(
            "MUP wants a principal investigator, and the project in Waldur has no manager yet"
        )
    return sorted(found, key=lambda person: not person.is_ready)


def _managers(context: Mapping[str, object], *, named_by_waldur: bool) -> Iterable[Person]:
    accounts = context.get("offering_user_mappings")
    team = context.get("team")
    for one in team if isinstance(team, list | tuple) else ():
        if str(getattr(one, "role", "")).lower() in MANAGER:
            account = accounts.get(one.uuid) if isinstance(accounts, Mapping) else None
            person = _manager(one, account)
            is_new = account is None and named_by_waldur
            yield replace(person, username=person.cuid, is_ready=True) if is_new else person


def _manager(one: object, account: object) -> Person:
    told = {name: getattr(account, f"user_{name}", None) for name in PERSONAL}
    attributes = {name: value for name, value in told.items() if value is not None}
    email = getattr(one, "email", "") or getattr(account, "user_email", "")
    return Person(
        username=str(getattr(account, "username", "") or ""),
        email=str(email or "").strip(),
        cuid=str(getattr(one, "username", "") or ""),
        is_ready=str(getattr(account, "state", "")) == OK,
        attributes={"full_name": getattr(one, "full_name", ""), **attributes},
    )
