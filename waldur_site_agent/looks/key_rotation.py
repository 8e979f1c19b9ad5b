"""Looks at API keys that wait for a new secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.orders.key_rotation import Minted, known_client_ids, mint, waiting_key
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.sites.failures import Meaning, meaning_of, words_for_waldur
from waldur_site_agent.sites.reads import RARELY_CHANGING
from waldur_site_agent.waldur.errors import RefusedError, WaldurError
from waldur_site_agent.work.settlements import Again, Done, Settlement

if TYPE_CHECKING:
    from waldur_site_agent.looks.desk import Desk
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.work.entries import Payload

logger = structlog.get_logger(__name__)


class KeyRotation:
    """An offering's rotations. What was minted and not reported is kept, and not minted again."""

    def __init__(self, desk: Desk) -> None:
        """Keep nothing yet."""
        self._desk = desk
        self._unreported: dict[str, Minted] = {}

    def look(self, uuid: str, payload: Payload) -> Outcome:
        """Rotate a key that waits for it.

        Args:
            uuid: the key's in Waldur.
            payload: ``resource_uuid`` and ``client_id``, at least.

        Raises:
            WaldurError: Waldur could not be asked or told; what was minted is kept.
        """
        minted = self._unreported.get(uuid)
        if minted is not None:
            return Outcome(settlement=self._report(uuid, minted))
        resource = self._desk.waldur.resources.get(str(payload["resource_uuid"]))
        keys = self._desk.waldur.api_keys.list(resource.uuid)
        key = waiting_key(keys, uuid)
        if key is None:
            return Outcome(settlement=Done())
        with self._desk.site(Role.ORDER_PROCESSING, keep=RARELY_CHANGING) as site:
            try:
                minted = mint(
                    site,
                    client_id=key.client_id or str(payload["client_id"]),
                    backend_id=resource.backend_id,
                    known=known_client_ids(keys),
                )
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; judged below
                return Outcome(settlement=self._failed(site, uuid, error))
        self._unreported[uuid] = minted
        return Outcome(settlement=self._report(uuid, minted))

    def _report(self, uuid: str, minted: Minted) -> Settlement:
        """Hand a secret over. If Waldur refuses it, say so there: nobody else could."""
        keys = self._desk.waldur.api_keys
        try:
            keys.set_key(uuid, client_id=minted.client_id, api_key=minted.api_key)
        except RefusedError as error:
            logger.error("api_key.refused", key=uuid, error=str(error))  # noqa: TRY400 - a refusal, told in full by its message
            keys.set_erred(uuid, "Waldur did not take the new key.")
        del self._unreported[uuid]
        logger.info("api_key.rotated", key=uuid)
        return Done()

    def _failed(self, site: Site, uuid: str, error: Exception) -> Settlement:
        """An outage keeps the key waiting; a definite no is told to whoever asked."""
        if isinstance(error, WaldurError) or meaning_of(error, site.backend) is not Meaning.REFUSAL:
            return Again(str(error) or type(error).__name__)
        logger.error("api_key.not_rotated", key=uuid, error=str(error))
        words = words_for_waldur(error, expose=site.expose_error_details)
        site.waldur.api_keys.set_erred(uuid, words.message)
        return Done()
