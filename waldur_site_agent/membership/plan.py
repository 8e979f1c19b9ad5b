"""Who is to come to a resource and who is to leave it: what belongs against what is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import BackendUser
from waldur_site_agent.membership.people import GOING, People

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from waldur_site_agent.membership.members import Member
    from waldur_site_agent.membership.roster import Roster
    from waldur_site_agent.waldur.models import Resource


@dataclass(frozen=True, kw_only=True)
class Removal:
    """Somebody who is to leave a resource.

    Attributes:
        name: as the backend lists it.
        reason: for the plan.
        asked_for: Waldur says so outright, rather than by not naming the user: the brakes do not
            count it.
        here_only: it is this resource that the user may not enter, so that another one with the
            same members on the backend may keep the user.
    """

    name: str
    reason: str
    asked_for: bool = False
    here_only: bool = False


@dataclass(frozen=True, kw_only=True)
class MembersPlan:
    """What one resource's members need.

    Attributes:
        add: who is to come, by name.
        remove: who is to leave.
        held_back: who would leave, but for the brakes; and why they were put on.
        existing: who is on it and stays, by the name that Waldur has.
        present: how many are on it now, the protected left out.
        unnamed: how many of the team wait for a name.
        unknown: why it is not known who belongs on it; then nothing is planned.
    """

    resource: Resource
    add: Mapping[str, Member] = field(default_factory=dict)
    remove: tuple[Removal, ...] = ()
    held_back: tuple[Removal, ...] = ()
    held_why: str = ""
    existing: Mapping[str, Member] = field(default_factory=dict)
    present: int = 0
    unnamed: int = 0
    unknown: str = ""

    @property
    def is_change(self) -> bool:
        """Whether the backend is to be changed."""
        return bool(self.add or self.remove)

    @property
    def differs(self) -> bool:
        """Whether anybody is to come or to go, held back or not."""
        return self.is_change or bool(self.held_back)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What an offering's operator and its Waldur say about members.

    Attributes:
        people: the offering's users.
        protected: names and patterns of backend users who are never removed.
        preserve_unmanaged: users of the backend whom Waldur never knew stay.
        closed_accounts: by project, names of service and course accounts that were closed.
        accounts_known: service and course accounts could be listed; otherwise, a name that is no
            user's may be one of them.
        normalize: brings a username into the form in which the backend lists it.
    """

    people: People
    protected: tuple[str, ...] = ()
    preserve_unmanaged: bool = False
    closed_accounts: Mapping[UUID | None, frozenset[str]] = field(default_factory=dict)
    accounts_known: bool = True
    normalize: Callable[[str], str] = str


def compare(
    resource: Resource, on_backend: Iterable[str], roster: Roster, rules: Rules
) -> MembersPlan:
    """Compare who belongs on a resource with who is on it."""
    wanted = {rules.normalize(name): member for name, member in roster.members.items()}
    tolerated = {rules.normalize(name) for name in roster.tolerated}
    present = _present(on_backend, roster, rules)
    unprotected = {key: name for key, name in present.items() if not _is_protected(name, rules)}
    strangers = [unprotected[key] for key in sorted(unprotected.keys() - wanted - tolerated)]
    removals = (_removal(name, resource, rules) for name in strangers)
    return MembersPlan(
        resource=resource,
        add={wanted[key].name: wanted[key] for key in sorted(wanted.keys() - present.keys())},
        remove=tuple(removal for removal in removals if removal is not None),
        existing={wanted[key].name: wanted[key] for key in wanted.keys() & present.keys()},
        present=len(unprotected),
        unnamed=roster.unnamed,
    )


def _present(on_backend: Iterable[str], roster: Roster, rules: Rules) -> dict[str, str]:
    """The backend's names by the form in which they are compared with Waldur's.

    Somebody whose name belongs to no one, but whose address is a member's, is that member.
    """
    known = {rules.normalize(name) for name in (*roster.members, *roster.tolerated)}
    present: dict[str, str] = {}
    for name in on_backend:
        key = rules.normalize(name)
        address = name.email.casefold() if isinstance(name, BackendUser) else ""
        member = roster.addresses.get(address) if key not in known else None
        present.setdefault(rules.normalize(member) if member else key, name)
    return present


def nobody_known(resource: Resource, on_backend: Iterable[str], why: str) -> MembersPlan:
    """Leave a resource's members alone, because who belongs on it is not known."""
    return MembersPlan(resource=resource, present=len(list(on_backend)), unknown=why)


def _is_protected(name: str, rules: Rules) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in rules.protected)


def _removal(name: str, resource: Resource, rules: Rules) -> Removal | None:
    """Why somebody is to leave who does not belong; None where the user stays all the same."""
    user = rules.people.named(rules.normalize(name))
    if user is None:
        return _stranger(name, resource, rules)
    if user.is_restricted:
        return Removal(name=name, reason="the user is restricted", asked_for=True)
    if user.state in GOING:
        return Removal(name=name, reason=f"the account is in {user.state!s}", asked_for=True)
    if resource.restrict_member_access:
        return Removal(
            name=name,
            reason="access to the resource is restricted",
            asked_for=True,
            here_only=True,
        )
    return Removal(name=name, reason="not on the team")


def _stranger(name: str, resource: Resource, rules: Rules) -> Removal | None:
    """Judge a user of the backend whom Waldur does not know as a user of the offering."""
    if name in rules.closed_accounts.get(resource.project_uuid, frozenset()):
        return Removal(name=name, reason="the account was closed", asked_for=True)
    if rules.preserve_unmanaged or not rules.accounts_known:
        return None
    return Removal(name=name, reason="unknown to Waldur")
