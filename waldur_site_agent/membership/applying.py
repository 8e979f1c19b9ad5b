"""Carrying out what was planned for the members of many resources."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.structures import MembersChange, MembersChanged
from waldur_site_agent.membership.adding import arguments
from waldur_site_agent.membership.profiles import with_attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from waldur_site_agent.membership.plan import MembersPlan
    from waldur_site_agent.sites.site import Site

logger = structlog.get_logger(__name__)

AT_ONCE = 500
"""Resources whose members are changed by one call; between two calls the process may end."""


@dataclass(frozen=True, kw_only=True)
class MembersOutcome:
    """A resource's plan and what came of it."""

    plan: MembersPlan
    changed: MembersChanged = field(default_factory=MembersChanged)

    @property
    def wrote(self) -> bool:
        """Whether anybody came or went."""
        return bool(self.changed.added or self.changed.removed)

    @property
    def failed(self) -> bool:
        """Whether anything was held back or went wrong, so that somebody should look."""
        changed = self.changed
        return bool(
            changed.error
            or changed.added.failed
            or changed.removed.failed
            or self.plan.held_back
            or self.plan.unknown
        )


def apply_members(
    site: Site, plans: Sequence[MembersPlan], *, check_stop: Callable[[], None]
) -> list[MembersOutcome]:
    """Change the members of all resources whose plan says so.

    Returns:
        One outcome for each plan, in the same order.

    Raises:
        BackendUnavailableError: the backend stopped answering.
        StoppedError: the process was asked to end.
    """
    changing = [plan for plan in plans if plan.is_change]
    answers = dict(_changed(site, changing, check_stop))
    outcomes = [
        MembersOutcome(plan=plan, changed=answers.get(id(plan), MembersChanged())) for plan in plans
    ]
    for outcome in outcomes:
        tell(outcome)
    return outcomes


def _changed(
    site: Site, plans: Sequence[MembersPlan], check_stop: Callable[[], None]
) -> Iterator[tuple[int, MembersChanged]]:
    for start in range(0, len(plans), AT_ONCE):
        check_stop()
        some = plans[start : start + AT_ONCE]
        changes = [_change(site, plan) for plan in with_attributes(site, some)]
        for plan, answer in zip(some, site.backend.change_members(changes), strict=True):
            yield id(plan), answer


def _change(site: Site, plan: MembersPlan) -> MembersChange:
    return MembersChange(
        resource=plan.resource,
        add=frozenset(plan.add),
        remove=frozenset(removal.name for removal in plan.remove),
        arguments=arguments(site.backend, {**plan.existing, **plan.add}),
    )


def tell(outcome: MembersOutcome) -> None:
    """Log what came of a resource's members, counted rather than named."""
    plan, changed = outcome.plan, outcome.changed
    log = logger.bind(resource=plan.resource.uuid.hex, backend_id=plan.resource.backend_id)
    if outcome.wrote:
        log.info("members.changed", added=len(changed.added), removed=len(changed.removed))
    if changed.added.waiting:
        causes = _causes(changed.added.waiting.values())
        log.info("members.waiting", count=len(changed.added.waiting), causes=causes)
    failed = {**changed.added.failed, **changed.removed.failed}
    if failed:
        log.warning("members.failed", count=len(failed), causes=_causes(failed.values()))
    if plan.held_back:
        log.error(
            "members.held_back",
            count=len(plan.held_back),
            why=plan.held_why,
            remedy="look at the team in Waldur, then use --force or raise removal_limits",
        )


def _causes(causes: Iterable[str]) -> list[str]:
    """The commonest causes."""
    return [cause for cause, _ in Counter(causes).most_common(3)]
