"""What an operator is told of a usage pass: counts, and what to look at. No user by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.metrics.counting import changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waldur_site_agent.usage.months import MonthPlan, ResourceMonth
    from waldur_site_agent.usage.periods import Month
    from waldur_site_agent.usage.report import UsageReport
    from waldur_site_agent.usage.resources import Reported

logger = structlog.get_logger(__name__)

NAMED = 10
"""So many resources are named where many have the same trouble."""
NOT_SENT = ("held_back", "unmeasured", "missing")
"""Counts of a pass that a person should look at. What was sent is counted as it is sent."""


def tell_pass(report: UsageReport, months: Iterable[Month], *, offering: str) -> None:
    """Tell what came of a whole pass."""
    told = {name: count for name, count in report.counts.items() if count}
    logger.info("usage.pass", months=[str(month) for month in months], **told)
    for name in NOT_SENT:
        changed(offering=offering, kind="usage", outcome=name, number=report.counts[name])


def tell_unseen(reported: Reported, report: UsageReport) -> None:
    """Tell of resources that the backend does not have, or of which it cannot be told."""
    report.counts["missing"] += len(reported.missing)
    report.counts["unmeasured"] += len(reported.unknown)
    for resource in reported.missing:
        logger.error(
            "resource.missing",
            resource=resource.uuid.hex,
            backend_id=resource.backend_id,
            consequence="the backend does not have it, so nothing is reported for it",
        )
    _tell_trouble("usage.unmeasured", reported.unknown)


def tell_planned(found: MonthPlan, report: UsageReport) -> None:
    """Tell what a month comes to, before it is sent."""
    counts = report.counts
    counts["resources"] += len(found.planned)
    counts["unchanged"] += sum(not one.plan.differs for one in found.planned)
    counts["held_back"] += sum(len(one.plan.held_back) for one in found.planned)
    counts["unmeasured"] += len(found.unmeasured)
    counts["unrecorded"] += len(found.unrecorded)
    counts["left"] += len(found.unread)
    _tell_trouble("usage.unmeasured", found.unmeasured)
    _tell_trouble("usage.left", found.unread)
    for one in found.planned:
        if one.plan.held_back:
            _tell_held_back(one)
    _tell_left_out(found)


def _tell_trouble(event: str, reasons: Mapping[str, str]) -> None:
    """One line for each reason, however many resources have it."""
    by_reason: dict[str, list[str]] = {}
    for backend_id, why in reasons.items():
        by_reason.setdefault(why, []).append(backend_id)
    for why, ids in by_reason.items():
        logger.warning(event, why=why, resources=len(ids), among_them=ids[:NAMED])


def _tell_held_back(one: ResourceMonth) -> None:
    held = one.plan.held_back
    totals = [change for change in held if not change.username]
    logger.error(
        "usage.held_back",
        resource=one.uuid.hex,
        backend_id=one.backend_id,
        totals={change.component: f"{change.before} -> {change.now}" for change in totals},
        users=len(held) - len(totals),
        why=sorted({change.reason for change in held}),
        remedy="look at it with --dry-run; where it is right, "
        "waldur_site_load_historical_usage writes it",
    )


def _tell_left_out(found: MonthPlan) -> None:
    left_out = sorted({name for one in found.planned for name in one.plan.left_out})
    if left_out:
        logger.warning(
            "usage.components_left_out",
            components=left_out,
            why="the offering in Waldur has no such component that is billed by usage or limit",
            remedy="waldur_site_load_components creates those of backend_components",
        )
