"""Which broken backend breaks which rule."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance.stage import Stage
from waldur_site_agent_testkit.conformance.usernames.stage import NamingStage

from ..naming import directory  # noqa: TID252 - tests are no package that could be imported by name
from ..reference import memory  # noqa: TID252 - the same

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.conformance import Subject


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A backend that is broken on purpose.

    Attributes:
        rule: the rule that has to catch it.
        says: what is said when it does.
        name: the class's.
        sentence: what is wrong with it.
        set_up: sets up a stage with one.
    """

    rule: str
    says: str
    name: str
    sentence: str
    set_up: Callable[[], Stage]


MUTANTS: list[Mutant] = []


def breaks(
    rule: str, says: str, *, subject: Callable[[type], Subject] = memory
) -> Callable[[type], type]:
    """Put a backend into the table; its docstring says what is wrong with it."""
    return _put(rule, says, lambda kind: Stage(partial(subject, kind)))


def misnames(rule: str, says: str) -> Callable[[type], type]:
    """Put a username backend into the table."""
    return _put(rule, says, lambda kind: NamingStage(partial(directory, kind)))


def _put(rule: str, says: str, set_up: Callable[[type], Stage]) -> Callable[[type], type]:
    def put(kind: type) -> type:
        MUTANTS.append(
            Mutant(
                rule=rule,
                says=says,
                name=kind.__name__,
                sentence=inspect.cleandoc(kind.__doc__ or ""),
                set_up=partial(set_up, kind),
            )
        )
        return kind

    return put
