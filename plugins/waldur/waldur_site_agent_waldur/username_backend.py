"""Handing the profiles of an offering's users to the target, where names are given."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.waldur.models.states import OfferingUserState
from waldur_site_agent_waldur.door import door_to, gateway_to
from waldur_site_agent_waldur.profiles import BRIDGED, IdentityProfiles, bridged
from waldur_site_agent_waldur.pushed import PushedProfiles, pushed_to
from waldur_site_agent_waldur.settings import FederationSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.waldur_objects import WaldurOfferingUser
    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent_waldur.settings import TargetAddress

LEAVING = (
    OfferingUserState.REQUESTED_DELETION,
    OfferingUserState.DELETING,
    OfferingUserState.DELETED,
    OfferingUserState.ERROR_DELETING,
)


class IdentityBridgeUsernameBackend(AbstractUsernameManagementBackend):
    """Names nobody: the target does, and ``username_reconciliation_enabled`` reads the names back.

    Who leaves is told to the target when Waldur closes the account, and before it is closed: an
    agent that was killed in between does so again.
    """

    def __init__(
        self, backend_settings: dict[str, Any] | None = None, offering: Offering | None = None
    ) -> None:
        """Take an offering's settings; the target is not asked.

        Raises:
            ValueError: a setting that cannot be worked with, or ``identity_bridge_source`` is
                missing.
        """
        super().__init__(backend_settings, offering)
        self.settings = FederationSettings.from_dict(self.backend_settings)
        if not self.settings.identity_source:
            raise ValueError(
                "backend_settings.identity_bridge_source: the username backend "
                "'waldur-identity-bridge' needs it, such as 'isd:example'"
            )

    def gateway(self, address: TargetAddress) -> Waldur:
        """How the target is spoken to: the place for another connection of the same interface."""
        return gateway_to(address)

    def get_username(self, offering_user: WaldurOfferingUser) -> str | None:  # noqa: ARG002 - the contract's parameter
        """Know no name."""
        return None

    def generate_username(self, offering_user: WaldurOfferingUser) -> str:
        """Hand the profile on, so that the target can give a name; give none.

        Raises:
            BackendError: the target refused the profile, or could not be asked.
        """
        self._push(offering_user)
        return ""

    def sync_user_profiles(self, offering_users: Sequence[WaldurOfferingUser]) -> None:
        """Hand on the profiles that changed; one that is refused stops no other.

        Raises:
            BackendUnavailableError: the target could not be asked.
        """
        staying = [user for user in offering_users if user.state not in LEAVING]
        if staying and not any(user.user_username for user in staying):
            logger.error(
                "No user has a CUID: expose 'username' in the offering's user attributes in Waldur"
            )
        refused = sum(not self._pushed_or_refused(user) for user in staying)
        if refused:
            logger.warning("The target Waldur refused %d profiles", refused)

    def close_account(self, account: WaldurOfferingUser) -> None:
        """Take back that the source knows somebody whose account is being closed.

        Raises:
            BackendError: the target refused, or could not be asked.
        """
        if account.user_username:
            self._profiles.remove(account.user_username)
            self._memory.forget(account.user_username)

    def _pushed_or_refused(self, user: WaldurOfferingUser) -> bool:
        try:
            self._push(user)
        except BackendUnavailableError:
            raise
        except BackendError as error:
            logger.debug("A profile was refused: %s", error)
            return False
        return True

    def _push(self, user: WaldurOfferingUser) -> None:
        cuid, profile = user.user_username, bridged(_profile_of(user))
        if cuid and self._memory.is_news(cuid, profile):
            self._profiles.push(cuid, profile)
            self._memory.keep(cuid, profile)

    @cached_property
    def _profiles(self) -> IdentityProfiles:
        waldur = door_to(self.gateway(self.settings.target))
        return IdentityProfiles(waldur, self.settings.identity_source)

    @property
    def _memory(self) -> PushedProfiles:
        return pushed_to(self.settings.target, self.settings.identity_source)


def _profile_of(user: WaldurOfferingUser) -> dict[str, object]:
    """The personal fields that the offering exposes, by their plain names."""
    values = {name: getattr(user, f"user_{name}", None) for name in BRIDGED}
    return {name: value for name, value in values.items() if value is not None}
