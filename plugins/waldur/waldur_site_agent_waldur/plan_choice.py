"""Choosing the target's plan. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent.waldur.models import Plan


def choose_plan(
    plans: Sequence[Plan], *, source_plan: str, mapping: Mapping[str, str]
) -> Plan | None:
    """Say which plan to order.

    What ``plan_mapping`` says of the source's plan; else the plan of the same name; else the only
    plan there is; none, where the target's offering has none.

    Args:
        plans: of the target's offering, the archived left out.
        source_plan: the name of the resource's plan on the source, or "".
        mapping: name on the source → name or UUID on the target.

    Raises:
        BackendError: no plan can be told to be the right one.
    """
    if source_plan in mapping:
        return _mapped(plans, source_plan, mapping[source_plan])
    same = [plan for plan in plans if source_plan and plan.name == source_plan]
    candidates = same or plans
    if not candidates:
        return None
    if len(candidates) > 1:
        raise _undecided(plans, source_plan)
    return candidates[0]


def _mapped(plans: Sequence[Plan], source_plan: str, wanted: str) -> Plan:
    found = [plan for plan in plans if wanted in (plan.name, plan.uuid.hex, str(plan.uuid))]
    if len(found) == 1:
        return found[0]
    number = "several plans" if found else "no plan"
    raise BackendError(
        f"The target's offering has {number} {wanted!r}, which plan_mapping names for "
        f"{source_plan!r}. It has: {_listed(plans)}."
    )


def _undecided(plans: Sequence[Plan], source_plan: str) -> BackendError:
    which = f"The plan {source_plan!r}" if source_plan else "The resource has no plan, which"
    return BackendError(
        f"{which} does not tell which plan of the target's offering to order. It has: "
        f"{_listed(plans)}. The provider has to name one in plan_mapping."
    )


def _listed(plans: Sequence[Plan]) -> str:
    return ", ".join(sorted(repr(plan.name) for plan in plans)) or "none"
