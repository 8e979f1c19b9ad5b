"""What a pass asks of Waldur once, however many resources it looks at.

Every reader here is lazy: a pass without orders asks nothing. Failures are not kept: the next
caller asks again.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import structlog

from waldur_site_agent.sites.accounts import read_accounts
from waldur_site_agent.sites.ssh_keys import SshKeys
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.models.offering_users import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.sites.accounts import ProjectAccounts
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import (
        OfferingDetails,
        OfferingUser,
        OfferingUserBrief,
        Plan,
        SshKey,
    )

logger = structlog.get_logger(__name__)

T = TypeVar("T")

RARELY_CHANGING = ("offering", "provider_uuid", "exposed_fields", "_plans")
"""What an operator changes, rather than people and projects."""
USERS = ("offering_users", "brief_users", "_users_by_account")
PEOPLE = (*USERS, "_persons", "accounts")
"""Who is at the offering. Whatever changes it is told by an event of its own."""
ONE_BY_ONE = 3
"""Up to how many persons are asked for one by one."""


class PassReads:
    """Waldur's answers about one offering, each asked for at most once in a pass."""

    def __init__(self, waldur: Waldur, offering_uuid: str, *, by_person: bool = False) -> None:
        """Remember whom to ask; nothing is asked yet.

        Args:
            waldur: who is asked.
            offering_uuid: about which offering.
            by_person: this is about a resource or two, so that a few persons are asked for one by
                one rather than by a listing of everybody.
        """
        self._waldur = waldur
        self._offering_uuid = offering_uuid
        self._by_person = by_person
        self._plans: dict[UUID, Plan] = {}
        self._persons: dict[UUID, Sequence[OfferingUser]] = {}

    def successor(self, *, keep: Collection[str]) -> PassReads:
        """The reads of a next pass that takes over some of what this one was told.

        Args:
            keep: of ``RARELY_CHANGING`` and ``PEOPLE``.
        """
        reads = type(self)(self._waldur, self._offering_uuid, by_person=self._by_person)
        reads.__dict__.update({name: self.__dict__[name] for name in keep if name in self.__dict__})
        return reads

    @cached_property
    def offering(self) -> OfferingDetails:
        """The offering as Waldur knows it: components, partitions, plugin options.

        Raises:
            WaldurError: Waldur did not tell.
        """
        return self._waldur.offerings.get(self._offering_uuid)

    @cached_property
    def provider_uuid(self) -> UUID | None:
        """The service provider that owns the offering, or None where Waldur names none.

        Raises:
            WaldurError: Waldur did not tell.
        """
        customer = self.offering.customer_uuid
        return self._waldur.providers.uuid_of_customer(customer) if customer else None

    @cached_property
    def exposed_fields(self) -> frozenset[str]:
        """The personal fields that the provider may see; none when Waldur does not tell.

        Failing closed costs a backend some attributes; failing open would hand out names and
        e-mail addresses that were not meant for the provider.
        """
        try:
            return frozenset(
                self._waldur.offerings.attribute_config(self._offering_uuid).exposed_fields
            )
        except WaldurError as error:
            logger.warning("exposed_fields.unknown", error=str(error), consequence="none are used")
            return frozenset()

    @cached_property
    def offering_users(self) -> Sequence[OfferingUser]:
        """All users of the offering, in any state, the restricted included.

        Raises:
            WaldurError: the listing failed or was incomplete.
        """
        return self._waldur.offering_users.list(
            self._offering_uuid, exposed_fields=self.exposed_fields
        )

    def forget_offering_users(self) -> None:
        """Ask again next time: usernames or states were changed."""
        for known in USERS:
            self.__dict__.pop(known, None)
        self._persons = {}

    def take_in(self, user_uuid: UUID, accounts: Sequence[OfferingUser]) -> None:
        """Put what was just read of one person in place of what is known, without reading all."""
        known = self.__dict__.pop("brief_users", None)
        self.forget_offering_users()
        if known is not None:
            others = [user for user in known if user.user_uuid != user_uuid]
            self.__dict__["brief_users"] = [*others, *map(brief, accounts)]

    @property
    def has_users(self) -> bool:
        """Whether the offering's users are known by now, be it from an earlier look."""
        return any(known in self.__dict__ for known in USERS)

    def users_among(self, persons: Collection[UUID]) -> Sequence[OfferingUser]:
        """The accounts of some people, and perhaps of others: whatever takes fewer requests.

        Raises:
            WaldurError: Waldur did not tell.
        """
        unknown = [person for person in persons if person not in self._persons]
        known = "offering_users" in self.__dict__
        if known or not self._by_person or len(unknown) > ONE_BY_ONE:
            return self.offering_users
        self._persons.update({person: self.users_of_person(person) for person in unknown})
        return [user for person in persons for user in self._persons[person]]

    @cached_property
    def ssh_keys(self) -> Mapping[str, str]:
        """Public SSH keys of the provider by dashed UUID; empty when they cannot be read."""
        return SshKeys(self._read_ssh_keys)

    def _read_ssh_keys(self) -> Mapping[str, str]:
        keys = _optional("ssh_keys", self._list_ssh_keys)
        return {str(key.uuid): key.public_key for key in keys}

    def _list_ssh_keys(self) -> Sequence[SshKey]:
        provider = self.provider_uuid
        return self._waldur.providers.ssh_keys(provider) if provider else ()

    def plan(self, uuid: UUID) -> Plan:
        """Read a plan once.

        Raises:
            WaldurError: Waldur did not tell.
        """
        if uuid not in self._plans:
            self._plans[uuid] = self._waldur.plans.get(uuid)
        return self._plans[uuid]

    def users_of_person(self, user_uuid: UUID) -> Sequence[OfferingUser]:
        """A person's accounts at the offering, with the exposed personal fields.

        Raises:
            WaldurError: Waldur did not tell.
        """
        return self._waldur.offering_users.list(
            self._offering_uuid, user_uuid=user_uuid, exposed_fields=self.exposed_fields
        )

    @cached_property
    def brief_users(self) -> Sequence[OfferingUserBrief]:
        """All users of the offering, in any state, the restricted included, without profiles.

        Raises:
            WaldurError: the listing failed or was incomplete.
        """
        return self._waldur.offering_users.list_brief(self._offering_uuid)

    def user(self, account_uuid: UUID | None) -> OfferingUserBrief | None:
        """A user of the offering by the account's UUID.

        Raises:
            WaldurError: the users could not be listed.
        """
        return self._users_by_account.get(account_uuid) if account_uuid else None

    @cached_property
    def _users_by_account(self) -> Mapping[UUID, OfferingUserBrief]:
        return {user.uuid: user for user in self.brief_users}

    @cached_property
    def accounts(self) -> ProjectAccounts:
        """The service and course accounts of the offering's projects, as far as they are known."""
        return read_accounts(self._waldur, self._offering_uuid)

    def open_accounts(self, project_uuid: UUID | None) -> frozenset[str]:
        """Usernames of a project's service and course accounts that are in use."""
        return self.accounts.in_use.get(project_uuid, frozenset())


def _optional(what: str, ask: Callable[[], Sequence[T]]) -> Sequence[T]:
    """Read a side listing whose failure must not stop the main work."""
    try:
        return ask()
    except WaldurError as error:
        logger.warning("side_listing.unreadable", listing=what, error=str(error))
        return ()
