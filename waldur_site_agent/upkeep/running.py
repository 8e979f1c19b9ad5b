"""Carrying out the steps of one resource: one that fails stops no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import structlog

from waldur_site_agent.backend.answering import is_answering
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.sites.failures import Meaning, meaning_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.upkeep.steps import Duty

logger = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass
class Upkeep:
    """What came of a resource's steps.

    Attributes:
        wrote: something was surely changed.
        refused: the backend's first definite no.
        left: why something could not be done, which may be better next time.
    """

    wrote: bool = False
    refused: Exception | None = None
    left: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether everything was done."""
        return self.refused is None and not self.left


def carry_out(site: Site, upkeep: Upkeep, duties: Iterable[Duty]) -> None:
    """Plan and carry out step after step.

    Raises:
        BackendUnavailableError: the backend stopped answering.
    """
    for duty in duties:
        _carry_out(site, upkeep, duty)


def _carry_out(site: Site, upkeep: Upkeep, duty: Duty) -> None:
    step = None
    try:
        step = duty()
        if step is not None:
            answer = step.run()
            upkeep.wrote |= step.changes and answer is not False
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; judged below
        judge(site, upkeep, error, is_optional=step is not None and step.is_optional)


def attempt(site: Site, upkeep: Upkeep, hook: Callable[[], T]) -> T | None:
    """Call a plugin's hook; None when it failed, which is noted.

    Raises:
        BackendUnavailableError: the backend stopped answering.
    """
    try:
        return hook()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; judged below
        judge(site, upkeep, error)
        return None


def judge(site: Site, upkeep: Upkeep, error: Exception, *, is_optional: bool = False) -> None:
    """Note what a failure means for a resource.

    Raises:
        BackendUnavailableError: the backend does not answer, so neither would it for the next.
    """
    meaning = meaning_of(error, site.backend)
    if meaning is Meaning.SILENCE or (meaning is Meaning.OUTAGE and not is_answering(site.backend)):
        raise BackendUnavailableError(f"the backend does not answer ({error})") from error
    if meaning is Meaning.REFUSAL and not is_optional:
        logger.error("resource.refused", error=str(error), exc_info=error)
        upkeep.refused = upkeep.refused or error
        return
    logger.warning("resource.left", why=str(error))
    upkeep.left.append(str(error))
