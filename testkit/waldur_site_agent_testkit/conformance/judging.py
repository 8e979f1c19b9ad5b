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
    from collections.abc import Callable, Iterator

    from waldur_site_agent_testkit.conformance.rule import Rule
    from waldur_site_agent_testkit.conformance.subject import Subject


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
    """What came of a rule, and why it is broken or was not tried, where that is so."""

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
        if untried is None:
            rule.check(stage)
        return untried or Verdict(ending=Ending.HELD)


def _reason_not_to_try(rule: Rule, subject: Subject) -> Verdict | None:
    capability = rule.capability
    if not capability.is_declared(subject.backend()):
        return Verdict(
            ending=Ending.UNDECLARED, why=f"the plugin does not declare {capability.declared_by}"
        )
    missing = [facet.value for facet in rule.needs if not subject.has(facet)]
    if missing:
        return Verdict(ending=Ending.UNTRIED, why=f"the subject lacks {', '.join(missing)}")
    return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the agent's own log out of the tests' output, and leave the settings as they were."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
