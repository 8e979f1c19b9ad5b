"""Saying what a rule expects, and in a sentence what was found instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

E = TypeVar("E", bound=Exception)


class RuleBrokenError(AssertionError):
    """A backend does not hold a rule. The text says what it did, and what it should have."""


class NothingToTryError(Exception):
    """The backend, as it is set up, has nothing that a rule could be about. The text says what."""


def fail(text: str) -> NoReturn:
    """Say that the rule is broken."""
    raise RuleBrokenError(text)


def true(condition: object, text: str) -> None:
    """Expect something; ``text`` says what is the case otherwise."""
    if not condition:
        fail(text)


def equal(found: object, wanted: object, what: str) -> None:
    """Expect that something is as it should be."""
    if found != wanted:
        fail(f"{what}: expected {wanted!r}, found {found!r}")


def yes(answer: object, what: str) -> None:
    """Expect True, and no other thing that counts as it."""
    true(answer is True, f"{what}: expected True, found {answer!r}")


def no(answer: object, what: str) -> None:
    """Expect False, and no other thing that counts as it."""
    true(answer is False, f"{what}: expected False, found {answer!r}")


def raises(kinds: type[E] | tuple[type[E], ...], call: Callable[[], object], what: str) -> E:
    """Expect a refusal.

    Args:
        kinds: the exceptions that are right.
        call: what has to raise.
        what: names it.
    """
    try:
        answer = call()
    except kinds as error:
        return error
    except Exception as error:
        raise RuleBrokenError(
            f"{what}: expected {_names(kinds)}, but {type(error).__name__} was raised: {error}"
        ) from error
    fail(f"{what}: expected {_names(kinds)}, but it answered {answer!r}")


def unless_raised(call: Callable[[], object], *, default: object) -> object:
    """What a call answers, or ``default`` where it raises: any exception is a "could not tell"."""
    try:
        return call()
    except Exception:  # noqa: BLE001 - what a plugin raises is judged by other rules
        return default


def _names(kinds: type[Exception] | tuple[type[Exception], ...]) -> str:
    several = kinds if isinstance(kinds, tuple) else (kinds,)
    return " or ".join(kind.__name__ for kind in several)
