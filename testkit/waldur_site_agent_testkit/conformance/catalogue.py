"""All the rules for backends, in the order in which they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance.rule import Rule
from waldur_site_agent_testkit.conformance.rules import (
    changing,
    claims,
    creating,
    dry_runs,
    ending,
    homes,
    keys,
    kills,
    life,
    limits,
    members,
    membership,
    outages,
    policies,
    privacy,
    profiles,
    reading,
    remote_orders,
    settings,
    side_by_side,
    states,
    usage,
)

if TYPE_CHECKING:
    from types import ModuleType

    from waldur_site_agent_testkit.conformance.stage import Stage

MODULES: tuple[ModuleType, ...] = (
    life,
    settings,
    claims,
    reading,
    creating,
    changing,
    ending,
    outages,
    remote_orders,
    kills,
    dry_runs,
    limits,
    members,
    membership,
    states,
    usage,
    keys,
    profiles,
    homes,
    policies,
    side_by_side,
    privacy,
)


def rules_of(module: ModuleType) -> tuple[Rule[Stage], ...]:
    """A module's rules, in the order in which they stand there."""
    return tuple(one for one in vars(module).values() if isinstance(one, Rule))


RULES: tuple[Rule[Stage], ...] = tuple(one for module in MODULES for one in rules_of(module))
