"""Which broken backend breaks which rule."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..reference import memory  # noqa: TID252 - tests are no package that could be imported by name

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.backends.memory import MemoryBackend
    from waldur_site_agent_testkit.conformance import Subject


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A backend that is broken on purpose.

    Attributes:
        rule: the rule that has to catch it.
        says: what is said when it does.
        name: the class's.
        sentence: what is wrong with it.
        subject: makes one.
    """

    rule: str
    says: str
    name: str
    sentence: str
    subject: Callable[[], Subject]


MUTANTS: list[Mutant] = []


def breaks(
    rule: str,
    says: str,
    *,
    subject: Callable[[type[MemoryBackend]], Subject] = memory,
) -> Callable[[type], type]:
    """Put a class into the table; its docstring says what is wrong with it."""

    def put(kind: type) -> type:
        sentence = inspect.cleandoc(kind.__doc__ or "")
        MUTANTS.append(
            Mutant(
                rule=rule,
                says=says,
                name=kind.__name__,
                sentence=sentence,
                subject=partial(subject, kind),
            )
        )
        return kind

    return put
