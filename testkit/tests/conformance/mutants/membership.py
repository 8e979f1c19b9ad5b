"""Backends that spoil whole membership passes."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from ..reference import FullBackend  # noqa: TID252 - see table.py
from .table import breaks


@breaks("a_membership_pass_brings_the_team", "the pass says")
class TripsOverThoseWhoStay(MemoryBackend):
    """Fails for members who stay."""

    def process_existing_users(self, existing_users: set[str]) -> None:
        if existing_users:
            raise BackendError("no home for them")


@breaks("an_unchanged_pass_writes_nothing", "an unchanged pass wrote to the system")
class Restless(MemoryBackend):
    """Restores what needs no restoring."""

    def restore_resource(self, backend_id: str) -> bool:
        self.system.effect(f"restore {backend_id}", lambda: None)
        return True


@breaks("an_unchanged_pass_writes_nothing", "an unchanged pass wrote to Waldur")
class Talkative(MemoryBackend):
    """Tells Waldur its limits in each pass."""

    def sync_resource_limits(self, resource: object, client: object) -> None:
        limits = self.get_resource_limits(resource.backend_id)
        client.gateway.resources.set_limits(resource.uuid, limits)


@breaks("an_outage_changes_no_team", "the resource's state in Waldur")
class SilenceIsNo(MemoryBackend):
    """Says that it did what it could not, or that the system refused."""

    def ping(self, raise_exception: bool = False) -> bool:
        return True

    def _pull_backend_resource(self, backend_id: str) -> object:
        up, self.system.is_up = self.system.is_up, True
        try:
            return super()._pull_backend_resource(backend_id)
        finally:
            self.system.is_up = up

    def remove_user(self, resource: object, username: str, **kwargs: object) -> bool:
        return not self.system.is_up or super().remove_user(resource, username, **kwargs)

    def restore_resource(self, backend_id: str) -> bool:
        try:
            return super().restore_resource(backend_id)
        except BackendUnavailableError:
            raise BackendError("the account cannot be restored") from None


@breaks("dates_and_projects_are_followed", "the pass says")
class Timeless(MemoryBackend):
    """Trips over a date."""

    def sync_resource_end_date(self, resource: object, client: object) -> None:
        if resource.end_date:
            raise BackendError("there are no dates here")


@breaks("grants_are_told_in_their_form", "is no state of a grant")
class OwnStates(FullBackend):
    """Has words of its own for the states of grants."""

    def get_membership_sync_report(self, resource: object) -> list[dict[str, str]]:
        return [{"username": "ada", "state": "fine"}]
