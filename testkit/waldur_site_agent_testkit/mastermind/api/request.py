"""A request that found its endpoint and whose user is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qs

from waldur_site_agent_testkit.mastermind.api.answers import Missing
from waldur_site_agent_testkit.mastermind.api.exchange import Incoming
from waldur_site_agent_testkit.mastermind.calls import Kind, Violation
from waldur_site_agent_testkit.mastermind.identifiers import hex_of
from waldur_site_agent_testkit.mastermind.state import Thing, User
from waldur_site_agent_testkit.mastermind.store import Store

T = TypeVar("T", bound=Thing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a handler works with."""

    incoming: Incoming
    store: Store
    user: User
    params: Mapping[str, str]
    version: str
    violations: list[Violation]

    @property
    def query(self) -> dict[str, list[str]]:
        """The query's values by name."""
        return parse_qs(self.incoming.query, keep_blank_values=True)

    def url(self, collection: str, uuid: str) -> str:
        """Return an object's URL."""
        return f"{self.incoming.root}/api/{collection}/{uuid}/"

    def addressed(self, table: Mapping[str, T], model: str) -> T:
        """Return the object whose uuid is in the path.

        Raises:
            Missing: There is none.
        """
        thing = table.get(hex_of(self.params["uuid"]) or "")
        if thing is None:
            raise Missing(model)
        return thing

    def note(self, kind: Kind, name: str) -> None:
        """Note something that was sent and does not belong there."""
        self.violations.append(
            Violation(method=self.incoming.method, path=self.incoming.path, kind=kind, name=name)
        )
