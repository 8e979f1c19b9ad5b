"""Backends that name an offering's users, where the provider does so."""

# ruff: noqa: ARG002 - hooks that do nothing by default keep the parameters of the contract

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.waldur_objects import WaldurOfferingUser
    from waldur_site_agent.config.models import Offering


class AbstractUsernameManagementBackend(ABC):
    """Finds or makes the names under which users are known at an offering.

    A plugin's errors become states in Waldur: a BackendError makes the user ERROR_CREATING (tried
    again in the next pass), OfferingUserAccountLinkingRequiredError and
    OfferingUserAdditionalValidationRequiredError make the user wait, with the comment shown.
    """

    def __init__(
        self, backend_settings: dict[str, Any] | None = None, offering: Offering | None = None
    ) -> None:
        """Take an offering's settings; the agent passes both by keyword.

        Args:
            backend_settings: the offering's ``backend_settings``.
            offering: the offering itself.
        """
        self.backend_settings: dict[str, Any] = backend_settings or {}
        self.offering = offering

    @abstractmethod
    def generate_username(self, offering_user: WaldurOfferingUser) -> str:
        """Make a name for a user who has none; "" when there is none to give, which is no error."""

    @abstractmethod
    def get_username(self, offering_user: WaldurOfferingUser) -> str | None:
        """Look up the name that a user has already; None when there is none."""

    def get_or_create_username(self, offering_user: WaldurOfferingUser) -> str:
        """Look a name up, or make one; "" when there is none to give.

        This is what the agent calls.
        """
        return self.get_username(offering_user) or self.generate_username(offering_user)

    def sync_user_profiles(self, offering_users: Sequence[WaldurOfferingUser]) -> None:  # noqa: B027 - a hook, not a duty
        """Hand on the profiles of all users; called before each membership pass."""

    def close_account(self, account: WaldurOfferingUser) -> None:
        """Let go of somebody whose account at the offering Waldur is closing.

        Called when the account is on no resource any more, and before Waldur is told that it is
        deleted; killed in between, the agent calls again. By default ``deactivate_users``, for an
        account that has a username.

        Raises:
            BackendError: the account becomes Error deleting, and is tried again.
        """
        if account.username:
            self.deactivate_users({account.username})

    def deactivate_users(self, usernames: set[str]) -> None:  # noqa: B027 - likewise
        """Deactivate users who left the offering. Nothing by default."""


class UnknownUsernameManagementBackend(AbstractUsernameManagementBackend):
    """Stands where an offering's username backend is not installed: it names nobody."""

    def generate_username(self, offering_user: WaldurOfferingUser) -> str:
        """Give no name."""
        return ""

    def get_username(self, offering_user: WaldurOfferingUser) -> str | None:
        """Know no name."""
        return None
