"""Accounts at offerings, of people and of projects."""

from waldur_site_agent_testkit.mastermind import announcing, limiting, membership, transitions
from waldur_site_agent_testkit.mastermind.state import (
    AccountState,
    CourseAccount,
    Offering,
    OfferingUser,
    Project,
    Resource,
    ServiceAccount,
    UsageLimit,
    User,
)
from waldur_site_agent_testkit.mastermind.verbs.base import Verbs, locked


class AccountVerbs(Verbs):
    """Accounts, and what they may use."""

    @locked
    def open_account(self, user: User, offering: Offering) -> OfferingUser:
        """Make a user's account at an offering, or return the one that is there."""
        return membership.open_account(self._store, user, offering)

    @locked
    def set_username(self, user: User, offering: Offering, username: str) -> OfferingUser:
        """Name a user's account at an offering, which makes it OK; it is made if need be."""
        account = membership.open_account(self._store, user, offering)
        membership.name_account(self._store, account, username)
        return account

    @locked
    def restrict(self, account: OfferingUser, *, restricted: bool = True) -> None:
        """Shut a user out of an offering, or let the user in again."""
        account.is_restricted = restricted
        self._store.touch(account)

    @locked
    def add_service_account(
        self, project: Project, username: str, *, state: AccountState = AccountState.OK
    ) -> ServiceAccount:
        """Add an account of a project that belongs to no person."""
        account = ServiceAccount(
            **self._store.birth(), username=username, project=project, state=state
        )
        self._store.keep(self.state.service_accounts, account)
        announcing.project_account(self._store, account, "create")
        return account

    @locked
    def add_course_account(
        self, project: Project, user: User, *, state: AccountState = AccountState.OK
    ) -> CourseAccount:
        """Add a user's account for a course that the project holds."""
        account = CourseAccount(**self._store.birth(), user=user, project=project, state=state)
        self._store.keep(self.state.course_accounts, account)
        announcing.project_account(self._store, account, "create")
        return account

    @locked
    def close_account(self, account: ServiceAccount | CourseAccount) -> None:
        """Close a service account or a course account."""
        account.state = AccountState.CLOSED
        self._store.touch(account)
        announcing.project_account(self._store, account, "delete")

    @locked
    def move_account(self, account: OfferingUser, operation: str) -> None:
        """Carry out an operation of the offering user's state machine: `request_deletion`.

        Raises:
            WrongStateError: The account's state does not allow it.
        """
        account.state = transitions.OFFERING_USER[operation].after(account.state)
        self._store.touch(account)

    @locked
    def forget_account(self, account: OfferingUser) -> None:
        """Let a user's account at an offering be gone without a trace, with its limits."""
        membership.forget_account(self._store, account)

    @locked
    def limit_user(
        self, account: OfferingUser, resource: Resource, component: str, limit: float
    ) -> UsageLimit:
        """Set how much of a component a user may use of a resource, in Waldur units.

        Raises:
            LookupError: The offering has no such component.
        """
        return limiting.limit_user(
            self._store, account=account, resource=resource, component=component, limit=limit
        )

    @locked
    def free_user(self, account: OfferingUser, resource: Resource, component: str) -> None:
        """Take away what `limit_user` set."""
        limiting.free_user(self._store, account=account, resource=resource, component=component)

    @locked
    def offering_user(self, user: User, offering: Offering) -> OfferingUser | None:
        """Return a user's account at an offering."""
        return membership.offering_user(self._store, user, offering)
