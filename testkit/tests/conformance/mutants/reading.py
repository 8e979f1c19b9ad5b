"""Backends that read wrongly."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from .table import breaks

if TYPE_CHECKING:
    from collections.abc import Sequence


@breaks("what_is_there_is_read", "the ids that pull_resources answers")
class ByUuid(MemoryBackend):
    """Answers by Waldur's ids."""

    def pull_resources(self, resources: Sequence, **kwargs: object) -> dict:
        found = super().pull_resources(resources, **kwargs)
        return {resource.uuid.hex: (resource, info) for resource, info in found.values()}


@breaks("what_is_absent_is_left_out", "what a strict pull says is unknown")
class AbsentIsAFault(MemoryBackend):
    """Raises for what is not there."""

    def _pull_backend_resource(self, backend_id: str) -> BackendResourceInfo | None:
        found = super()._pull_backend_resource(backend_id)
        if found is None:
            raise BackendError(f"there is no account {backend_id!r}")
        return found


@breaks("what_is_absent_is_left_out", "what a strict pull says is there")
class AbsentIsEmpty(MemoryBackend):
    """Answers an empty resource for what is not there."""

    def _pull_backend_resource(self, backend_id: str) -> BackendResourceInfo:
        return super()._pull_backend_resource(backend_id) or BackendResourceInfo()


@breaks("bulk_reads_what_single_reads_do", "what is read of many at once")
class LosesUsersInBulk(BulkBackend):
    """Forgets the users where more than one resource is read."""

    def pull_resources(self, resources: Sequence, **kwargs: object) -> dict:
        found = super().pull_resources(resources, **kwargs)
        if len(resources) > 1:
            for _, info in found.values():
                info.users = []
        return found


@breaks("bulk_reads_what_single_reads_do", "the ids that pull_resource finds")
class BulkOnly(BulkBackend):
    """Reads in bulk alone."""

    def pull_resource(self, waldur_resource: object) -> None:
        return None


@breaks("reading_writes_nothing", "reading wrote to the system")
class LeavesTraces(MemoryBackend):
    """Notes when metadata were read."""

    def get_resource_metadata(self, backend_id: str) -> dict[str, object]:
        self.system.effect(f"touch {backend_id}", lambda: None)
        return super().get_resource_metadata(backend_id)


@breaks("who_cannot_be_asked_is_unknown", "a strict pull in an outage")
class SilenceIsAbsence(BulkBackend):
    """Finds nothing where it could not ask, though strict."""

    def pull_resources(self, resources: Sequence, **kwargs: object) -> dict:
        return super().pull_resources(resources, **{**kwargs, "strict": False})

    def ping(self, raise_exception: bool = False) -> bool:
        return True


@breaks("limits_are_never_empty_for_an_outage", "get_resource_limits() in an outage")
class NoAnswerNoLimits(MemoryBackend):
    """Knows of no limits where it could not ask."""

    def get_resource_limits(self, backend_id: str) -> dict[str, int]:
        with suppress(BackendError):
            return super().get_resource_limits(backend_id)
        return {}


@breaks("metadata_are_never_empty_for_an_outage", "get_resource_metadata() in an outage")
class NoAnswerNoMetadata(MemoryBackend):
    """Has no metadata where it could not ask."""

    def get_resource_metadata(self, backend_id: str) -> dict[str, object]:
        with suppress(BackendError):
            return super().get_resource_metadata(backend_id)
        return {}


@breaks("everything_is_listed", "resources that list_resources leaves out")
class FirstPageOnly(MemoryBackend):
    """Lists the first page."""

    def list_resources(self) -> list[BackendResourceInfo]:
        return super().list_resources()[:1]


@breaks("a_listing_is_never_empty_for_an_outage", "list_resources() in an outage")
class NoAnswerNoList(MemoryBackend):
    """Lists nothing where it could not ask."""

    def list_resources(self) -> list[BackendResourceInfo]:
        with suppress(BackendError):
            return super().list_resources()
        return []
