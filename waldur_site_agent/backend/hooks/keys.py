"""API keys of resources, which the backend mints."""

# ruff: noqa: ARG002 - hooks that do nothing by default keep the parameters of the contract

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.hooks.foundation import Foundation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waldur_site_agent.backend.structures import ComponentAmounts, ResourceKey
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class KeyHooks(Foundation):
    """Keys that the backend mints and Waldur keeps. Secrets are never logged.

    The first three are for ``supports_resource_api_keys``; the single-key ones for
    ``supports_resource_api_key_lifecycle`` and the reports for ``supports_resource_api_key_usage``
    came with 1.0.8 and are called by no part of this version yet.
    """

    def generate_resource_keys(self, resource_backend_id: str, count: int) -> Iterable[ResourceKey]:
        """Mint keys for a resource; called after it was created.

        Yield one after the other: each is reported to Waldur before the next is minted.

        Raises:
            BackendError: the backend refused, or has no keys.
        """
        raise self._no_keys("generate_resource_keys")

    def rotate_resource_key(
        self,
        client_id: str,
        resource_backend_id: str,
        known_client_ids: set[str] | None = None,
    ) -> str | ResourceKey:
        """Give a key a new secret; called when a user asks for it.

        Args:
            client_id: the key.
            resource_backend_id: its resource.
            known_client_ids: the keys that Waldur knows; None is *unknown*: prune nothing on it.

        Returns:
            The new secret, or a new key in place of the old one.

        Raises:
            BackendError: the backend refused, or has no keys.
        """
        raise self._no_keys("rotate_resource_key")

    def prune_unknown_resource_keys(self, resource_backend_id: str, keep: set[str]) -> None:
        """Delete keys that Waldur does not know, left behind by interrupted creations.

        Called only when Waldur surely knows some. Nothing by default.

        Args:
            resource_backend_id: the resource.
            keep: the client ids that Waldur knows.
        """

    def mint_resource_key(self, resource_backend_id: str, **kwargs: object) -> ResourceKey:
        """Mint one more key."""
        raise self._no_keys("mint_resource_key")

    def pause_resource_key(self, client_id: str, resource_backend_id: str) -> None:
        """Keep a key from being used."""
        raise self._no_keys("pause_resource_key")

    def resume_resource_key(self, client_id: str, resource_backend_id: str) -> None:
        """Let a paused key be used again."""
        raise self._no_keys("resume_resource_key")

    def update_resource_key(
        self, client_id: str, resource_backend_id: str, **kwargs: object
    ) -> None:
        """Change a key's settings."""
        raise self._no_keys("update_resource_key")

    def delete_resource_key(self, client_id: str, resource_backend_id: str) -> None:
        """Delete a key."""
        raise self._no_keys("delete_resource_key")

    def get_resource_key_usage_report(
        self, resource_backend_ids: list[str]
    ) -> dict[str, dict[str, ComponentAmounts]]:
        """Report the current month's usage by resource and client id, in Waldur units."""
        return {}

    def get_resource_key_usage_report_for_period(
        self, resource_backend_ids: list[str], year: int, month: int
    ) -> dict[str, dict[str, ComponentAmounts]]:
        """Report a month's usage by resource and client id, in Waldur units."""
        return {}

    def get_resource_key_daily_usage_report(
        self, resource_backend_ids: list[str]
    ) -> dict[str, dict[str, dict[str, ComponentAmounts]]]:
        """Report the current month's usage by resource, client id and day (``YYYY-MM-DD``)."""
        return {}

    def get_resource_key_daily_usage_report_for_period(
        self, resource_backend_ids: list[str], year: int, month: int
    ) -> dict[str, dict[str, dict[str, ComponentAmounts]]]:
        """Report a month's usage by resource, client id and day (``YYYY-MM-DD``)."""
        return {}

    def sync_resource_key_assignees(
        self, waldur_resource: WaldurResource, assignees: Mapping[str, str | None]
    ) -> None:
        """Tell the backend whom each key belongs to, where ``requires_resource_key_assignees``.

        Args:
            waldur_resource: with its id on the backend.
            assignees: username by client id; None for a key that is nobody's.
        """

    def _no_keys(self, hook: str) -> BackendError:
        return BackendError(f"{type(self).__name__} does not implement {hook}")
