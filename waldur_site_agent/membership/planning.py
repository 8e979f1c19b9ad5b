"""Planning the members of all resources of a pass: reading Waldur no more than is needed."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.structures import MemberKey
from waldur_site_agent.membership.brakes import brake
from waldur_site_agent.membership.members import Member, known_by
from waldur_site_agent.membership.people import People, accounts_by_key
from waldur_site_agent.membership.plan import MembersPlan, Rules, compare, nobody_known
from waldur_site_agent.membership.roles import confirms_nobody, read_roles
from waldur_site_agent.membership.roster import Roster, by_roles, by_team
from waldur_site_agent.membership.siblings import Siblings
from waldur_site_agent.membership.teams import Teams
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.membership.roles import RolesByProject
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource, TeamMember

logger = structlog.get_logger(__name__)

Row = tuple["Resource", "Sequence[str]"]
"""A resource, and who is on it."""

UNCONFIRMED = (
    "Waldur says that the team is empty, and nothing confirms it; look at the project's team in "
    "Waldur, and use --force if it is so"
)


def plan_members(
    site: Site,
    rows: Sequence[Row],
    *,
    force: bool,
    check_stop: Callable[[], None],
    by_listing: bool = True,
) -> list[MembersPlan]:
    """Plan the members of an offering's resources.

    Args:
        site: the offering at work.
        rows: resources, each with the names that the backend lists on it.
        force: a person has looked: hold no removal back.
        check_stop: raises StoppedError when the process should end.
        by_listing: one listing of all roles is cheaper than the teams of these resources.

    Raises:
        WaldurError: the offering's users could not be listed.
        StoppedError: the process was asked to end.
    """
    if site.backend.skip_resource_team_diff:
        return [_all_stay(resource, names) for resource, names in rows]
    planner = Planner(
        site, rules_of(site), force=force, check_stop=check_stop, by_listing=by_listing
    )
    plans = planner.plan(rows)
    return brake(plans, site.offering.removal_limits, force=force)


def rules_of(site: Site) -> Rules:
    """Gather what an offering's operator and its Waldur say about members.

    Raises:
        WaldurError: the offering's users could not be listed.
    """
    normalize = site.backend.normalize_username
    return Rules(
        people=People(accounts_by_key(site), normalize=normalize, known_by=known_by(site.backend)),
        protected=tuple(site.offering.protected_users),
        preserve_unmanaged=site.offering.preserve_unmanaged_backend_users,
        closed_accounts=site.reads.accounts.closed,
        accounts_known=site.reads.accounts.known,
        normalize=normalize,
    )


NO_ADDRESSES = (
    "the backend knows its members by their e-mail addresses, and the offering does not expose "
    "'email' to its provider; add it to the offering's user attributes in Waldur"
)


class Planner:
    """Compares by one listing of roles where it can, and reads teams where something differs."""

    def __init__(
        self,
        site: Site,
        rules: Rules,
        *,
        force: bool,
        check_stop: Callable[[], None],
        by_listing: bool = True,
    ) -> None:
        """Read nothing yet."""
        self._site = site
        self._rules = rules
        self._force = force
        self._by_listing = by_listing
        self._teams = Teams(site, check_stop=check_stop)
        self._siblings = Siblings(site)
        self._of_project: dict[tuple[UUID | None, bool], Roster] = {}

    def plan(self, rows: Iterable[Row]) -> list[MembersPlan]:
        """Plan all, in the order given."""
        listed = list(rows)
        at_a_glance = [self._by_roles(resource, names) for resource, names in listed]
        doubtful = [
            resource
            for (resource, _), plan in zip(listed, at_a_glance, strict=True)
            if plan is None and not resource.restrict_member_access
        ]
        self._teams.read(doubtful)
        return [
            plan or self._by_team(resource, names)
            for (resource, names), plan in zip(listed, at_a_glance, strict=True)
        ]

    @cached_property
    def _roles(self) -> RolesByProject | None:
        return read_roles(self._site)

    def _by_roles(self, resource: Resource, names: Sequence[str]) -> MembersPlan | None:
        """The plan by the roles listing, if it shows that nothing differs."""
        if not self._by_listing or self._roles is None or resource.project_uuid is None:
            return None
        if resource.restrict_member_access:
            return None
        plan = compare(resource, names, self._roster_by_roles(resource), self._rules)
        return None if plan.differs else plan

    def _roster_by_roles(self, resource: Resource) -> Roster:
        """The same for all resources of a project, which may be many."""
        key = (resource.project_uuid, True)
        if key not in self._of_project:
            persons = (self._roles or {}).get(resource.project_uuid, set())
            self._of_project[key] = by_roles(
                persons, self._rules.people, accounts=self._accounts(resource)
            )
        return self._of_project[key]

    def _by_team(self, resource: Resource, names: Sequence[str]) -> MembersPlan:
        if self._lacks_addresses:
            return nobody_known(resource, names, NO_ADDRESSES)
        try:
            team = () if resource.restrict_member_access else self._teams.of(resource)
        except WaldurError as error:
            logger.warning("team.unreadable", resource=resource.uuid.hex, error=str(error))
            return nobody_known(resource, names, str(error))
        plan = compare(resource, names, self._roster(resource, team), self._rules)
        if self._site.backend.shared_project_membership:
            plan = self._siblings.spare(plan)
        if team or resource.restrict_member_access or self._is_nobody(resource):
            return plan
        return _unconfirmed(plan)

    @cached_property
    def _lacks_addresses(self) -> bool:
        """Whether nobody's key can be known, so that everybody would look like a stranger."""
        by_address = known_by(self._site.backend) is MemberKey.EMAIL
        return by_address and "email" not in self._site.reads.exposed_fields

    def _is_nobody(self, resource: Resource) -> bool:
        """Whether an empty team is believed."""
        return self._force or confirms_nobody(self._roles, resource.project_uuid)

    def _roster(self, resource: Resource, team: Sequence[TeamMember]) -> Roster:
        """The same for all resources of a project that are not restricted."""
        if resource.project_uuid is None or resource.restrict_member_access:
            return self._by_team_alone(resource, team)
        key = (resource.project_uuid, False)
        if key not in self._of_project:
            self._of_project[key] = self._by_team_alone(resource, team)
        return self._of_project[key]

    def _by_team_alone(self, resource: Resource, team: Sequence[TeamMember]) -> Roster:
        return by_team(
            team,
            self._rules.people,
            accounts=self._accounts(resource),
            known_by=known_by(self._site.backend),
            exposed_fields=self._site.reads.exposed_fields,
        )

    def _accounts(self, resource: Resource) -> frozenset[str]:
        return self._site.reads.open_accounts(resource.project_uuid)


def _all_stay(resource: Resource, names: Iterable[str]) -> MembersPlan:
    """Members are no business of Waldur's team."""
    existing: Mapping[str, Member] = {name: Member(name=name) for name in names}
    return MembersPlan(resource=resource, existing=existing, present=len(existing))


def _unconfirmed(plan: MembersPlan) -> MembersPlan:
    """Hold back what follows from a team that is empty by no other word than its own."""
    counted = tuple(removal for removal in plan.remove if not removal.asked_for)
    if not counted:
        return plan
    asked_for = tuple(removal for removal in plan.remove if removal.asked_for)
    return replace(plan, remove=asked_for, held_back=counted, held_why=UNCONFIRMED)
