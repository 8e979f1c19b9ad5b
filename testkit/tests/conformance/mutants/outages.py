"""Backends that take silence for an answer when orders are carried out."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from .table import breaks

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import BackendResourceInfo


@breaks("an_outage_leaves_a_creation", "an outage erred the order")
class OutagesAreRefusals(MemoryBackend):
    """Takes silence for a no."""

    def ping(self, raise_exception: bool = False) -> bool:
        return True

    def _pull_backend_resource(self, backend_id: str) -> BackendResourceInfo | None:
        with suppress(BackendError):
            return super()._pull_backend_resource(backend_id)
        return None

    def _pre_create_resource(self, resource: object, user_context: object = None) -> None:
        try:
            super()._pre_create_resource(resource, user_context)
        except BackendUnavailableError as error:
            raise BackendError("the account could not be made") from error.__cause__


@breaks("an_outage_leaves_a_termination", "the termination was done in an outage")
class SilenceIsGone(MemoryBackend):
    """Takes what it cannot ask about for deleted."""

    def ping(self, raise_exception: bool = False) -> bool:
        return True

    def delete_resource(self, resource: object, **kwargs: object) -> None:
        with suppress(BackendUnavailableError):
            super().delete_resource(resource, **kwargs)


@breaks("an_outage_leaves_an_update", "the update was done in an outage")
class UpdatesBlindly(MemoryBackend):
    """Passes over an outage when limits are set."""

    def set_resource_limits(self, backend_id: str, limits: dict[str, float]) -> str | None:
        with suppress(BackendUnavailableError):
            return super().set_resource_limits(backend_id, limits)
        return None
