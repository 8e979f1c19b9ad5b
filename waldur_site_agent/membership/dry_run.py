"""What a membership pass would do, with none of it done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.membership.observing import looked_after, observe
from waldur_site_agent.membership.planning import plan_members
from waldur_site_agent.upkeep.duties import duties
from waldur_site_agent.upkeep.user_limits import LimitsOfUsers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent.membership.observing import Observed
    from waldur_site_agent.membership.plan import MembersPlan
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.upkeep.steps import Duty
    from waldur_site_agent.waldur.models import Resource

UNREAD = "what the plugin does while it is read, so a dry run does not read it"


@dataclass(frozen=True, kw_only=True)
class ResourcePlan:
    """What one resource needs.

    Attributes:
        resource: as Waldur has it.
        members: who would come and go; None where the backend does not show the resource.
        steps: what else would be done.
        trouble: why it cannot be said.
    """

    resource: Resource
    members: MembersPlan | None = None
    steps: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        members = self.members
        quiet = members is None or not (members.differs or members.unknown)
        return quiet and not self.steps and not self.trouble


def plan_pass(site: Site, *, only: Sequence[str], force: bool) -> Iterator[ResourcePlan]:
    """Plan a pass. Usernames are not asked for: that may have effects at the plugin's side.

    Nor are resources of a backend that leaves teams alone: such plugins of the 1.x agent bring
    their system in line while they are read.

    Raises:
        WaldurError: Waldur did not list resources or users.
        BackendUnavailableError: the backend does not answer.
        UnknownResourceError: a resource that was asked for is not there.
    """
    if site.backend.skip_resource_team_diff:
        yield from (ResourcePlan(resource=one, steps=(UNREAD,)) for one in looked_after(site, only))
        return
    observed = observe(site, only)
    yield from _unseen(observed, force=force)
    rows = observed.rows(observed.there)
    limits_of_users = LimitsOfUsers(site)
    for plan in plan_members(site, rows, force=force, check_stop=lambda: None):
        yield _plan(site, plan, limits_of_users)


def _unseen(observed: Observed, *, force: bool) -> Iterator[ResourcePlan]:
    for resource in observed.missing:
        if force:
            yield ResourcePlan(resource=resource, steps=("make it again on the backend",))
        else:
            yield ResourcePlan(resource=resource, trouble="the backend does not have it")
    for resource in observed.unknown:
        why = observed.found.unknown[resource.backend_id]
        yield ResourcePlan(resource=resource, trouble=why)


def _plan(site: Site, plan: MembersPlan, limits_of_users: LimitsOfUsers) -> ResourcePlan:
    """Who is added now is left out of members' limits: the backend does not know them yet."""
    resource = plan.resource
    steps, troubles = [], []
    for duty in duties(site, resource, list(plan.existing), limits_of_users):
        what, trouble = _look(duty)
        steps += [what] if what else []
        troubles += [trouble] if trouble else []
    return ResourcePlan(
        resource=resource, members=plan, steps=tuple(steps), trouble="; ".join(troubles)
    )


def _look(duty: Duty) -> tuple[str, str]:
    """What a duty would do, or why that cannot be said."""
    try:
        step = duty()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and a plan only tells
        return "", str(error) or type(error).__name__
    return ("", "") if step is None or step.routine else (step.what, "")
