"""What is asked of Mastermind: one request, described before it is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Query = tuple[tuple[str, str], ...]
Filter = str | bool | UUID | datetime | None


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request.

    ``operation`` is the gateway's own name for it (``orders.list``); ``path`` is relative to the
    API's root. A call is ``repeatable`` when a second one after a lost answer does no harm.
    """

    operation: str
    method: str
    path: str
    query: Query = ()
    body: object = None
    repeatable: bool = False

    @property
    def target(self) -> str:
        """What errors name: the path from the server's root, or another server's address."""
        return self.path if "://" in self.path else f"/api/{self.path}"

    @classmethod
    def get(cls, operation: str, path: str, query: Query = ()) -> Call:
        """Read something; always repeatable."""
        return cls(operation=operation, method="GET", path=path, query=query, repeatable=True)

    @classmethod
    def post(
        cls,
        operation: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        repeatable: bool = True,
    ) -> Call:
        """Change something. An empty object is sent where there is nothing to say.

        Most of Mastermind's actions set a state or a value, so that a repetition is harmless or
        answered with a conflict; those that make something new each time are not repeatable.
        """
        return cls(
            operation=operation, method="POST", path=path, body=body or {}, repeatable=repeatable
        )

    def with_query(self, query: Query) -> Call:
        """Ask the same with another query: the next page."""
        return replace(self, query=query)


def filters(**values: Filter | Iterable[str]) -> Query:
    """Write filters as Mastermind reads them.

    None is left out, truth values are lower case, UUIDs are bare hex; several values repeat the
    key.
    """
    return tuple(
        (name, text)
        for name, value in values.items()
        if value is not None
        for text in _texts(value)
    )


def hex_of(uuid: UUID | str) -> str:
    """Write a UUID in the form that Mastermind itself uses, whichever form it came in.

    Raises:
        ValueError: the text is no UUID.
    """
    if isinstance(uuid, UUID):
        return uuid.hex
    try:
        return UUID(uuid).hex
    except ValueError:
        raise ValueError(f"{uuid!r} is not a UUID") from None


def hex_or_none(uuid: UUID | str | None) -> str | None:
    """Write a UUID that need not be there; raises as ``hex_of``."""
    return None if uuid is None else hex_of(uuid)


def _texts(value: str | bool | UUID | datetime | Iterable[str]) -> Iterable[str]:
    match value:
        case bool():
            return (str(value).lower(),)
        case UUID():
            return (value.hex,)
        case datetime():
            return (value.isoformat(),)
        case str():
            return (value,)
    return tuple(str(one) for one in value)
