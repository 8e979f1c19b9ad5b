"""The few ways in which the areas use the network: read one, list, tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur import paging, wire
from waldur_site_agent.waldur.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.waldur.call import Call
    from waldur_site_agent.waldur.transport import Transport
    from waldur_site_agent.waldur.wire import Model


class Rest:
    """Calls in, models out. Raises ``WaldurError`` and nothing else."""

    def __init__(self, transport: Transport) -> None:
        """Speak over a transport."""
        self._transport = transport

    def read(self, call: Call, model: type[Model]) -> Model:
        """Ask for one object."""
        answer = self._transport.send(call)
        return wire.read(wire.decode(answer.body, at=call), model, at=call)

    def list(
        self,
        call: Call,
        model: type[Model],
        *,
        leave_out: Callable[[paging.Row, ContractError], None] | None = None,
    ) -> list[Model]:
        """Ask for all the rows of a listing.

        A row that cannot be read fails the listing, unless ``leave_out`` takes note of it.
        """

        def read(row: paging.Row) -> Model | None:
            try:
                return wire.read(row, model, at=call)
            except ContractError as error:
                if leave_out is None:
                    raise
                leave_out(row, error)
                return None

        return paging.list_all(self._transport, call, read)

    def tell(self, call: Call) -> None:
        """Change something. What is answered, if anything, does not matter: old servers differ."""
        self._transport.send(call)

    def address(self, path: str) -> str:
        """Write an object's address, by which bodies refer to it."""
        return self._transport.address(path)
