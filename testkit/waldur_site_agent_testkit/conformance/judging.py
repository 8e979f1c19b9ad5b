"""Holding a backend to a rule, and what came of it."""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

import structlog

from waldur_site_agent_testkit.conformance.expecting import NothingToTryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent_testkit.conformance.capabilities import Capability
    from waldur_site_agent_testkit.conformance.rule import Rule
    from waldur_site_agent_testkit.conformance.subject import Facet


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
    """What came of a rule.

    Attributes:
        ending: what.
        why: why it is broken, exempt or was not tried.
        lacking: what of the subject would have been needed to try it, or to try all of it.
    """

    ending: Ending
    why: str = ""
    lacking: tuple[Facet, ...] = ()


class Trial(Protocol):
    """A stage, as far as it matters here."""

    def declares(self, capability: Capability, /) -> bool:
        """Whether the plugin declares a capability."""

    def has(self, facet: Facet, /) -> bool:
        """Whether the subject has something that is optional."""

    def close(self) -> None:
        """Let go of the subject."""


S = TypeVar("S", bound=Trial)


def hold(rule: Rule[S], set_up: Callable[[], S]) -> Verdict:
    """Hold a backend to a rule.

    Args:
        rule: which one.
        set_up: sets up a stage that nobody has used.

    Raises:
        RuleBrokenError: it does not do what the rule says.
        Exception: what the backend raised where it should not have.
    """
    with _quiet(), closing(set_up()) as stage:
        untried = _reason_not_to_try(rule, stage)
        if untried is not None:
            return untried
        try:
            rule.check(stage)
        except NothingToTryError as reason:
            return Verdict(ending=Ending.UNTRIED, why=str(reason))
        return Verdict(ending=Ending.HELD, lacking=_lacking(stage, rule.better_with))


def _reason_not_to_try(rule: Rule[S], stage: S) -> Verdict | None:
    capability = rule.capability
    if not stage.declares(capability):
        return Verdict(
            ending=Ending.UNDECLARED, why=f"the plugin does not declare {capability.declared_by}"
        )
    lacking = _lacking(stage, rule.needs)
    if not lacking:
        return None
    why = f"the subject lacks {', '.join(lacking)}"
    return Verdict(ending=Ending.UNTRIED, why=why, lacking=lacking)


def _lacking(stage: Trial, facets: Sequence[Facet]) -> tuple[Facet, ...]:
    """What of some facets a subject does not have."""
    return tuple(facet for facet in facets if not stage.has(facet))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the agent's own log out of the tests' output, and leave the settings as they were."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
