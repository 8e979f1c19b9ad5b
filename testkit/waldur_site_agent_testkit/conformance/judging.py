"""Holding a backend to a rule, and what came of it."""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent_testkit.conformance.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent_testkit.conformance.rule import Rule
    from waldur_site_agent_testkit.conformance.subject import Facet, Subject


class Ending(StrEnum):
    """What may come of a rule."""

    HELD = "held"
    UNDECLARED = "undeclared"
    """The plugin does not declare the capability."""
    UNTRIED = "untried"
    """The subject lacks what the rule needs."""
    EXEMPT = "exempt"
    """The author says that the backend cannot hold it."""
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a rule, and why it is broken, was not tried, or in part only."""

    ending: Ending
    why: str = ""


def hold(rule: Rule, make_subject: Callable[[], Subject]) -> Verdict:
    """Hold a backend to a rule.

    Args:
        rule: which one.
        make_subject: makes a subject that nobody has used.

    Raises:
        RuleBrokenError: it does not do what the rule says.
        Exception: what the backend raised where it should not have.
    """
    with _quiet(), closing(Stage(make_subject)) as stage:
        untried = _reason_not_to_try(rule, stage.subject)
        if untried is not None:
            return untried
        rule.check(stage)
        return Verdict(ending=Ending.HELD, why=_lacking(stage.subject, rule.better_with))


def _reason_not_to_try(rule: Rule, subject: Subject) -> Verdict | None:
    capability = rule.capability
    if not capability.is_declared(subject.backend()):
        return Verdict(
            ending=Ending.UNDECLARED, why=f"the plugin does not declare {capability.declared_by}"
        )
    lacking = _lacking(subject, rule.needs)
    return Verdict(ending=Ending.UNTRIED, why=lacking) if lacking else None


def _lacking(subject: Subject, facets: Sequence[Facet]) -> str:
    """Say what of some facets a subject does not have; nothing where it has all."""
    missing = [f"`{facet.value}`" for facet in facets if not subject.has(facet)]
    return f"the subject lacks {', '.join(missing)}" if missing else ""


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the agent's own log out of the tests' output, and leave the settings as they were."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
