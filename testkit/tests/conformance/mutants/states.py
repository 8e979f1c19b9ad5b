"""Backends that get states, metadata and side work wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from ..reference import FullBackend  # noqa: TID252 - see table.py
from .table import breaks

if TYPE_CHECKING:
    from collections.abc import Iterable


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


@breaks("keys_are_minted_as_many_as_asked", "how many client ids there are")
class OneKey(FullBackend):
    """Mints one key, however many are asked for."""

    def generate_resource_keys(self, backend_id: str, count: int) -> Iterable[dict[str, str]]:
        return super().generate_resource_keys(backend_id, 1)


@breaks("a_rotated_key_has_another_secret", "rotating answered the old secret")
class KeepsSecrets(FullBackend):
    """Rotates nothing."""

    def rotate_resource_key(
        self, client_id: str, backend_id: str, known_client_ids: object = None
    ) -> str:
        return self._keys(backend_id)[client_id]


@breaks("known_keys_are_kept", "there is no key")
class PrunesTheWrongOnes(FullBackend):
    """Deletes the keys that are known."""

    def prune_unknown_resource_keys(self, backend_id: str, keep: set[str]) -> None:
        for client_id in keep:
            self._keys(backend_id).pop(client_id, None)


@breaks("known_keys_are_kept", "rotating a key that was pruned")
class PrunesNothing(FullBackend):
    """Keeps all keys."""

    def prune_unknown_resource_keys(self, backend_id: str, keep: set[str]) -> None:
        self.system.ask()


@breaks("an_order_brings_keys", "how many keys Waldur has")
class KeysLater(FullBackend):
    """Has no keys for a resource that was made a moment ago."""

    def generate_resource_keys(self, backend_id: str, count: int) -> Iterable[dict[str, str]]:
        raise BackendError("the resource is too young")


@breaks("homes_are_made_once", "making homes that are there wrote to the system")
class MakesHomesAgain(MemoryBackend):
    """Makes homes that are there."""

    def create_user_homedirs(self, usernames: Iterable[str], umask: str = "0077") -> None:
        for user in usernames:
            self.system.effect(f"home {user}", lambda user=user: self.system.homes.add(user))


@breaks("homes_are_made_once", "have home directories")
class MakesNoHomes(MemoryBackend):
    """Makes no homes."""

    def create_user_homedirs(self, usernames: Iterable[str], umask: str = "0077") -> None:
        self.system.ask()


@breaks("a_policy_is_told_what_came_of_it", "'success' is None")
class SaysNothingOfPolicies(FullBackend):
    """Does not say whether it succeeded."""

    def apply_periodic_settings(
        self, backend_id: str, settings: dict, config: object = None
    ) -> dict:
        return {}


@breaks("a_policy_is_told_what_came_of_it", "does not say why")
class FailsSilently(FullBackend):
    """Fails, and does not say why."""

    def apply_periodic_settings(
        self, backend_id: str, settings: dict, config: object = None
    ) -> dict:
        return {"success": False}


@breaks("grants_are_told_in_their_form", "is no state of a grant")
class OwnStates(FullBackend):
    """Has words of its own for the states of grants."""

    def get_membership_sync_report(self, resource: object) -> list[dict[str, str]]:
        return [{"username": "ada", "state": "fine"}]


@breaks("usernames_are_brought_in_line_once", "called again")
class AlwaysRenaming(FullBackend):
    """Says each time that it changed a name."""

    def sync_offering_user_usernames(self, offering_uuid: str, client: object) -> bool:
        return True


@breaks("a_profile_may_be_told_again", "telling the same profile again wrote to the system")
class RewritesProfiles(FullBackend):
    """Writes a profile however often it is told."""

    def update_user_attributes(self, username: str, attributes: dict) -> None:
        self.system.effect(f"profile {username}", lambda: None)


@breaks("days_are_told_in_their_form", "is no day of the month")
class AmericanDates(FullBackend):
    """Writes dates as people do."""

    def get_daily_usage_report_for_period(self, ids: list[str], year: int, month: int) -> dict:
        return {one: {f"{month}/1/{year}": {"cpu": 1.0}} for one in ids}
