"""Names at the site, which the target's provider gives, pulled back to the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.waldur.errors import RefusedError
from waldur_site_agent.waldur.models.states import OfferingUserState
from waldur_site_agent_waldur.hooks.foundation import Foundation, source_of
from waldur_site_agent_waldur.people import key_of, matches_by_email

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waldur_site_agent.backend.waldur_objects import PluginClient
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import OfferingUser
    from waldur_site_agent_waldur.settings import FederationSettings

NAMEABLE = (OfferingUserState.OK, OfferingUserState.CREATING, OfferingUserState.REQUESTED)
"""States of the source's accounts that take a name."""


class UsernameHooks(Foundation):
    """Called where the offering's ``username_reconciliation_enabled`` is set."""

    def sync_offering_user_usernames(
        self, offering_uuid: str, waldur_rest_client: PluginClient
    ) -> bool:
        """Give the source's accounts the names that the same people have on the target."""
        fields = ("username", "email") if matches_by_email(self.settings) else ("username",)
        names = _names(self.settings, self._accounts_on_target(fields))
        source = source_of(waldur_rest_client)
        accounts = source.offering_users.list(offering_uuid, states=NAMEABLE, exposed_fields=fields)
        changes = ((one, names.get(_key(self.settings, one), "")) for one in accounts)
        renamed = [
            _rename(source, account, name)
            for account, name in changes
            if name not in ("", account.username)
        ]
        return any(renamed)

    def _accounts_on_target(self, fields: Iterable[str]) -> list[OfferingUser]:
        return self.target.waldur.offering_users.list(
            self.settings.offering_uuid,
            states=[OfferingUserState.OK],
            is_restricted=False,
            exposed_fields=fields,
        )


def _names(settings: FederationSettings, accounts: Iterable[OfferingUser]) -> Mapping[str, str]:
    """Names by what people are known by on both sides; ambiguous ones are nobody's."""
    found: dict[str, set[str]] = {}
    for account in accounts:
        if account.username:
            found.setdefault(_key(settings, account), set()).add(account.username)
    return {key: name for key, (name, *others) in found.items() if key and not others}


def _key(settings: FederationSettings, account: OfferingUser) -> str:
    return key_of(settings, cuid=account.user_username, email=account.user_email or "")


def _rename(source: Waldur, account: OfferingUser, name: str) -> bool:
    """Whether the source took the name; a refusal concerns this account alone."""
    try:
        source.offering_users.set_username(account.uuid, name)
    except RefusedError as error:
        logger.warning("The name of account %s stays as it is: %s", account.uuid.hex, error)
        return False
    return True
