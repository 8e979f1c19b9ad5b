"""A backend in memory that reads everything in one call and changes many members in another.

What it does is as ``MemoryBackend``; only the number of calls differs, which ``system.calls``
tells: ``pull``, ``change_members``, ``change_user_limits``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import (
    AddedUsers,
    BackendResourceInfo,
    Measured,
    MembersChanged,
    RemovedUsers,
    ResourceStatus,
)
from waldur_site_agent_testkit.backends.memory import MemoryBackend, limit_user, take_off

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from waldur_site_agent.backend.structures import MembersChange
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_testkit.backends.system import MemoryAccount

    R = TypeVar("R", bound=WaldurResource)


class BulkBackend(MemoryBackend):
    """The fake system as a plugin that works in bulk, and knows the states of accounts."""

    wants_user_attributes = False

    def pull_resources(
        self, resources: Sequence[R], include_usage: bool = True, strict: bool = False
    ) -> dict[str, tuple[R, BackendResourceInfo]]:
        """Read all accounts in one call.

        Raises:
            BackendError: ``strict``, and the system refused or did not answer.
        """
        try:
            self.system.ask("pull")
        except BackendError:
            if strict:
                raise
            return {}
        accounts = self.system.accounts
        here = [one for one in resources if one.backend_id in accounts]
        return {
            one.backend_id: (one, self._info(accounts[one.backend_id], include_usage=include_usage))
            for one in here
        }

    def _info(self, account: MemoryAccount, *, include_usage: bool) -> BackendResourceInfo:
        usage: dict[str, dict[str, float]] = {"TOTAL_ACCOUNT_USAGE": {}} if include_usage else {}
        return BackendResourceInfo(
            backend_id=account.name,
            parent_id=account.organization,
            users=list(account.users),
            usage=usage,
            limits={name: int(v / self._factor(name)) for name, v in account.limits.items()},
        )

    # What follows is known from the reading in bulk, and costs no call.

    def get_resource_status(self, resource_backend_id: str) -> ResourceStatus | None:
        """The account's state; None where there is no account."""
        account = self.system.accounts.get(resource_backend_id)
        return account.status if account else None

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """Limits in Waldur units."""
        native = self._account(resource_backend_id).limits
        return {name: int(amount / self._factor(name)) for name, amount in native.items()}

    def get_resource_user_limits(self, resource_backend_id: str) -> dict[str, dict[str, int]]:
        """Limits of single users, as they were set."""
        limits = self._account(resource_backend_id).user_limits
        return {user: dict(amounts) for user, amounts in limits.items()}

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """The account's name and state."""
        account = self._account(resource_backend_id)
        return {"id": account.name, "status": str(account.status)}

    def _account(self, name: str) -> MemoryAccount:
        try:
            return self.system.accounts[name]
        except KeyError:
            raise BackendError(f"there is no account {name!r}") from None

    def measure_usage(self, resource_backend_ids: Sequence[str], year: int, month: int) -> Measured:
        """Read a month of all accounts in one call; idle ones are left out of the report."""
        unreadable = self.system.unmeasured
        readable = [name for name in resource_backend_ids if name not in unreadable]
        return Measured(
            report=self.system.used(readable, year, month),
            unmeasured={n: unreadable[n] for n in resource_backend_ids if n in unreadable},
        )

    # Changes.

    def change_members(self, changes: Sequence[MembersChange]) -> list[MembersChanged]:
        """Change the members of many accounts in one call.

        Raises:
            BackendUnavailableError: the system does not answer.
        """
        self.system.ask("change_members")
        return [self._changed(change) for change in changes]

    def _changed(self, change: MembersChange) -> MembersChanged:
        name = change.resource.backend_id
        account = self.system.accounts.get(name)
        if account is None:
            why = f"there is no account {name!r}"
            return MembersChanged(
                added=AddedUsers(failed=dict.fromkeys(change.add, why)),
                removed=RemovedUsers(failed=dict.fromkeys(change.remove, why)),
            )
        return MembersChanged(
            added=self._added(account, change.add), removed=self._removed(account, change.remove)
        )

    def _added(self, account: MemoryAccount, users: frozenset[str]) -> AddedUsers:
        new = users - account.users
        strangers = new & self.system.strangers
        unwanted = (new & self.system.unwanted) - strangers
        coming = new - strangers - unwanted
        failed = dict.fromkeys(unwanted, "the system does not take this user")
        failed |= self._try(f"add {account.name}", coming, lambda: account.users.update(coming))
        waiting = dict.fromkeys(strangers, "the system does not know the user yet")
        return AddedUsers(users - strangers - failed.keys(), failed, waiting)

    def _removed(self, account: MemoryAccount, users: frozenset[str]) -> RemovedUsers:
        going = users & account.users
        failed = self._try(f"remove {account.name}", going, lambda: take_off(account, going))
        return RemovedUsers(sorted(users - failed.keys()), failed)

    def _try(
        self, name: str, users: frozenset[str], change: Callable[[], object]
    ) -> dict[str, str]:
        """Make a change of some users, if any, and say of each why it was refused."""
        try:
            if users:
                self.system.change(name, change)
        except BackendError as error:
            return dict.fromkeys(users, str(error))
        return {}

    def set_limits_of_users(
        self, resource_backend_id: str, limits: Mapping[str, dict[str, int]]
    ) -> None:
        """Set the limits of several users of an account in one call, where they differ."""
        account = self.client.account(resource_backend_id, asking="change_user_limits")
        differing = {u: w for u, w in limits.items() if account.user_limits.get(u, {}) != w}
        for user, wanted in differing.items():
            change = partial(limit_user, account, user, wanted)
            self.system.change(f"limit_user {resource_backend_id}", change)
