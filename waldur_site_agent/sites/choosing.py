"""Finding the resources that a person named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.waldur.models import Resource


class UnknownResourceError(Exception):
    """A resource that was asked for by name is not among the offering's."""


def choose(resources: Sequence[Resource], only: Sequence[str]) -> list[Resource]:
    """Pick the resources that are called by one of some words.

    Args:
        resources: those that may be asked for.
        only: names, ids on the backend or UUIDs.

    Raises:
        UnknownResourceError: a word calls none.
    """
    chosen = {}
    for word in only:
        matching = [one for one in resources if _is_called(one, word)]
        if not matching:
            raise UnknownResourceError(
                f"The offering has no resource {word!r} that is OK or Erred and has an id on the "
                "backend; resources are called by name, by id on the backend or by UUID."
            )
        chosen.update({one.uuid: one for one in matching})
    return list(chosen.values())


def _is_called(resource: Resource, word: str) -> bool:
    names = (resource.name, resource.backend_id, resource.uuid.hex, str(resource.uuid))
    return word in names
