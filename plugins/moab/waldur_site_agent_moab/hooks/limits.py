"""An account's deposit: what it was given in all, in credits. Waldur's unit is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_moab.amounts import as_number, credits_of
from waldur_site_agent_moab.deposits import DEPOSIT, wanted_deposit
from waldur_site_agent_moab.hooks.foundation import Foundation
from waldur_site_agent_moab.names import account_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource


class LimitHooks(Foundation):
    """Setting deposits where they differ, and telling of differences."""

    def _collect_resource_limits(
        self, waldur_resource: WaldurResource
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Take the deposit as it was ordered: one unit in Waldur is one credit."""
        wanted = wanted_deposit(waldur_resource.limits or {}, self._deposit)
        limits = {} if wanted is None else {DEPOSIT: as_number(wanted)}
        return dict(limits), limits

    def set_resource_limits(
        self, resource_backend_id: str, limits: Mapping[str, float]
    ) -> str | None:
        """Make what an account was given exactly what ``deposit`` says; nothing else is counted."""
        wanted = wanted_deposit(limits, self._deposit)
        if wanted is not None:
            self.client.set_deposit(account_name(resource_backend_id), wanted)
        return None

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """Read what an account was given; empty where that cannot be told or is not ordered."""
        if self._deposit.get("accounting_type") == "usage":
            return {}
        try:
            return self.client.get_resource_limits(resource_backend_id)
        except BackendUnavailableError:
            raise
        except BackendError as error:
            logger.warning("%s", error)
            return {}

    def sync_resource_limits(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Note where an account was given something else than was ordered, for the pass's end.

        Waldur keeps what was ordered: deposits are added up by whoever makes them, 1.x of this
        agent among them, and the sum is no order.
        """
        del waldur_rest_client
        backend_id = waldur_resource.backend_id
        ordered = wanted_deposit(waldur_resource.limits or {}, self._deposit)
        told = self.get_resource_limits(backend_id).get(DEPOSIT)
        if ordered is None or told is None:
            return
        given = credits_of(told)
        if given != ordered:
            self._unordered.note(backend_id, given=given, ordered=ordered)
