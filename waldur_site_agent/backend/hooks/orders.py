"""Orders that wait, here or elsewhere."""

# ruff: noqa: ARG002 - hooks that do nothing by default keep the parameters of the contract

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.hooks.foundation import Foundation
from waldur_site_agent.backend.structures import PendingOrderDecision

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurOrder


class OrderHooks(Foundation):
    """What a plugin has to say about an order, before and while it is carried out."""

    def evaluate_pending_order(
        self,
        order: WaldurOrder,
        waldur_rest_client: PluginClient,
    ) -> PendingOrderDecision:
        """Accept, refuse or keep waiting an order that waits for the provider.

        Called in every pass while it waits, and not in dry runs. Accepts by default. A failure
        keeps the order waiting.
        """
        return PendingOrderDecision.ACCEPT

    def check_pending_order(self, order_backend_id: str) -> bool:
        """Say whether a remote order is done, where ``supports_async_orders``.

        Called in every pass for orders that have a remote one.

        Returns:
            True when it is done, False while it is on its way.

        Raises:
            BackendError: the remote order failed; ours errs.
            BackendNotReadyError: that could not be told.
        """
        return True
