"""Backends that get remote orders wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress

from waldur_site_agent.backend.exceptions import BackendUnavailableError

from ..reference import RemoteBackend  # noqa: TID252 - see table.py
from .table import breaks


@breaks("a_remote_order_is_waited_for", "the order while the remote one is on its way")
class Impatient(RemoteBackend):
    """Says of every remote order that it is done."""

    def check_pending_order(self, order_backend_id: str) -> bool:
        return True


@breaks("in_an_outage_no_remote_order_is_done", "check_pending_order() in an outage")
class SilenceIsDone(RemoteBackend):
    """Says that a remote order is done where it cannot ask."""

    def check_pending_order(self, order_backend_id: str) -> bool:
        with suppress(BackendUnavailableError):
            return super().check_pending_order(order_backend_id)
        return True
