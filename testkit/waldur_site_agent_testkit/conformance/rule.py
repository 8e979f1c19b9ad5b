"""A rule: one sentence of the contract that a backend holds or does not."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.conformance.capabilities import Capability
    from waldur_site_agent_testkit.conformance.subject import Facet

S = TypeVar("S")
"""The stage on which a rule is tried."""


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[S]):
    """One rule.

    Attributes:
        name: unique; what a plugin's author may exempt the plugin from.
        sentence: what a backend has to do.
        promise: the number of the promise in the agent's architecture that it comes from.
        capability: what it belongs to; not tried with a backend that does not declare it.
        hooks: the hooks that it is about.
        needs: what of a subject it cannot do without.
        better_with: what of a subject raises what it tries.
        check: holds a backend to it; raises RuleBrokenError, or what the backend raised.
    """

    name: str
    sentence: str
    promise: int
    capability: Capability
    hooks: tuple[str, ...]
    needs: tuple[Facet, ...]
    better_with: tuple[Facet, ...]
    check: Callable[[S], None]


def rule(
    capability: Capability,
    *hooks: str,
    promise: int,
    needs: tuple[Facet, ...] = (),
    better_with: tuple[Facet, ...] = (),
) -> Callable[[Callable[[S], None]], Rule[S]]:
    """Make a rule of a function: its name is the rule's, its docstring the sentence."""

    def make(check: Callable[[S], None]) -> Rule[S]:
        sentence = " ".join((inspect.getdoc(check) or "").split())
        return Rule(
            name=check.__name__,
            sentence=sentence,
            promise=promise,
            capability=capability,
            hooks=hooks,
            needs=needs,
            better_with=better_with,
            check=check,
        )

    return make
