"""Backends that get API keys wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError

from ..reference import FullBackend  # noqa: TID252 - see table.py
from .table import breaks

if TYPE_CHECKING:
    from collections.abc import Iterable


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
