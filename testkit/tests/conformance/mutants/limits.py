"""Backends that get limits wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from .table import breaks

if TYPE_CHECKING:
    from collections.abc import Mapping


@breaks("limits_are_read_back_as_ordered", "the limits of a new resource")
class NativeUnits(MemoryBackend):
    """Reads limits in backend units."""

    def get_resource_limits(self, backend_id: str) -> dict[str, int]:
        return self.client.get_resource_limits(backend_id)


@breaks("limits_are_set_and_not_added", "the limits that were set")
class Deposits(MemoryBackend):
    """Adds limits to those that are there."""

    def set_resource_limits(self, backend_id: str, limits: dict[str, float]) -> None:
        before = self.get_resource_limits(backend_id)
        total = {name: before.get(name, 0) + amount for name, amount in limits.items()}
        super().set_resource_limits(backend_id, total)


@breaks("odd_limits_are_read_back", "limits of 1:")
class Tens(MemoryBackend):
    """Keeps limits in tens."""

    def set_resource_limits(self, backend_id: str, limits: dict[str, float]) -> str | None:
        tens = {name: amount // 10 * 10 for name, amount in limits.items()}
        return super().set_resource_limits(backend_id, tens)


@breaks("limits_in_waldur_do_not_drift", "the limits in Waldur")
class Inflates(MemoryBackend):
    """Tells Waldur limits in backend units."""

    def sync_resource_limits(self, resource: object, client: object) -> None:
        native = self.client.get_resource_limits(resource.backend_id)
        client.gateway.resources.set_limits(resource.uuid, native)


@breaks("limits_are_collected_in_both_units", "the limits in Waldur units")
class Swapped(MemoryBackend):
    """Answers the two kinds of limits the wrong way round."""

    def _collect_resource_limits(self, resource: object) -> tuple[dict, dict]:
        native, ordered = super()._collect_resource_limits(resource)
        return ordered, native


@breaks("limits_are_collected_in_both_units", "no whole numbers")
class Fractions(MemoryBackend):
    """Computes backend units with fractions."""

    def _collect_resource_limits(self, resource: object) -> tuple[dict, dict]:
        native, ordered = super()._collect_resource_limits(resource)
        return {name: amount / 7 for name, amount in native.items()}, ordered


@breaks("a_foreign_component_is_left_out", "no_such_component")
class KnowsAll(MemoryBackend):
    """Trips over a component that it does not know."""

    def set_resource_limits(self, backend_id: str, limits: dict[str, float]) -> None:
        native = {name: int(amount * self._factor(name)) for name, amount in limits.items()}
        self.client.set_resource_limits(backend_id, native)


@breaks("limits_of_members_are_set_and_cleared", "the limits of members, cleared")
class NeverClears(MemoryBackend):
    """Leaves a member's limits as they are where there are to be none."""

    def set_resource_user_limits(self, backend_id: str, username: str, limits: dict) -> str:
        return super().set_resource_user_limits(backend_id, username, limits) if limits else ""


@breaks("limits_of_many_members_are_those_one_by_one", "the limits of two members")
class LimitsTheFirst(BulkBackend):
    """Limits the first of several members."""

    def set_limits_of_users(self, backend_id: str, limits: Mapping[str, dict[str, int]]) -> None:
        super().set_limits_of_users(backend_id, dict(list(limits.items())[:1]))


@breaks("limits_of_members_are_set_and_cleared", "no limits for one")
class LimitsNobody(MemoryBackend):
    """Has no limits of members, though it says so by a hook of its own."""

    def set_resource_user_limits(self, backend_id: str, username: str, limits: dict) -> str:
        raise BackendError("no limits for one")


@breaks(
    "limits_of_members_are_never_empty_for_an_outage", "get_resource_user_limits() in an outage"
)
class NoAnswerNoUserLimits(MemoryBackend):
    """Knows of no limits of members where it could not ask."""

    def get_resource_user_limits(self, backend_id: str) -> dict[str, dict[str, int]]:
        with suppress(BackendError):
            return super().get_resource_user_limits(backend_id)
        return {}
