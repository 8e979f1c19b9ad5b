"""Backends that get states and metadata wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from .table import breaks


@breaks("states_may_be_set_again", "is paused")
class PausesOnce(MemoryBackend):
    """Cannot pause what is paused."""

    def pause_resource(self, backend_id: str) -> bool:
        if self.system.accounts[backend_id].status is ResourceStatus.PAUSED:
            raise BackendError("the account is paused")
        return super().pause_resource(backend_id)


@breaks("states_may_be_set_again", "pause_resource answered None")
class SaysNothingOfPauses(MemoryBackend):
    """Pauses, and says nothing of it."""

    def pause_resource(self, backend_id: str) -> None:
        super().pause_resource(backend_id)


@breaks("in_an_outage_no_state_is_said_to_be_set", "pause_resource answered True in an outage")
class PausesBlindly(MemoryBackend):
    """Says that it paused where it could not ask."""

    def pause_resource(self, backend_id: str) -> bool:
        with suppress(BackendUnavailableError):
            return super().pause_resource(backend_id)
        return True


@breaks("a_state_that_was_set_is_told", "the state after pause_resource")
class AlwaysNormal(BulkBackend):
    """Says of every state that it is normal."""

    def get_resource_status(self, backend_id: str) -> ResourceStatus:
        return ResourceStatus.NORMAL


@breaks("a_flag_in_waldur_pauses", "where paused is False in Waldur")
class AlwaysPaused(BulkBackend):
    """Says of every state that it is paused."""

    def get_resource_status(self, backend_id: str) -> ResourceStatus:
        return ResourceStatus.PAUSED


@breaks("metadata_are_plain", "the metadata are no JSON")
class MetadataWithDates(MemoryBackend):
    """Has a date among its metadata."""

    def get_resource_metadata(self, backend_id: str) -> dict[str, object]:
        super().get_resource_metadata(backend_id)
        return {"since": datetime(2026, 1, 1, tzinfo=UTC)}


@breaks("a_state_is_not_guessed_in_an_outage", "says normal in an outage")
class NormalUnlessTold(BulkBackend):
    """Takes for normal what it could not ask about."""

    def get_resource_status(self, backend_id: str) -> ResourceStatus | None:
        up = self.system.is_up
        return super().get_resource_status(backend_id) if up else ResourceStatus.NORMAL
