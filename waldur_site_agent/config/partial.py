"""What can be used of an offering with mistakes, so that its plugins' mistakes are told too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from waldur_site_agent.config.models import Offering
from waldur_site_agent.config.source import OFFERINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

_STAND_INS = {
    "name": "unknown",
    "waldur_api_url": "https://waldur.invalid/api/",
    "waldur_offering_uuid": "unknown",
    "backend_type": "unknown",
}
_CREDENTIALS = {"waldur_api_token": "unknown"}
"""Even where one is written: a blank one would be a mistake again."""


def partial_offerings(tree: Any) -> Iterator[tuple[int, Offering]]:
    """Read every offering as far as it can be read. They are for looking at, not for use.

    Args:
        tree: the file's plain values.

    Yields:
        The position in the file, and the offering without what is wrong in it.
    """
    offerings = tree.get(OFFERINGS) if isinstance(tree, dict) else None
    for position, written in enumerate(offerings if isinstance(offerings, list) else []):
        if isinstance(written, dict):
            offering = _partial(written)
            if offering is not None:
                yield position, offering


def _partial(written: dict[Any, Any]) -> Offering | None:
    try:
        return Offering.model_validate(written)
    except ValidationError as error:
        rest = _without_mistakes(written, error.errors(include_url=False))
    try:
        return Offering.model_validate({**_STAND_INS, **rest, **_CREDENTIALS})
    except ValidationError:
        return None


def _without_mistakes(written: dict[Any, Any], errors: list[ErrorDetails]) -> dict[Any, Any]:
    """Leave out the keys that are wrong; of the components, only those that are."""
    places = [error["loc"] for error in errors if error["loc"]]
    wrong = {place[0] for place in places if place[0] != "backend_components" or len(place) == 1}
    rest = {key: value for key, value in written.items() if key not in wrong and value is not None}
    components = rest.get("backend_components")
    if isinstance(components, dict):
        bad = {place[1] for place in places if place[0] == "backend_components" and len(place) > 1}
        rest["backend_components"] = {k: v for k, v in components.items() if k not in bad}
    return rest
