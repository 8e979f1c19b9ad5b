"""The shapes that cross the border between the agent and its plugins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Self, TypeAlias, TypedDict

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.backend.waldur_objects import WaldurResource

TOTAL_ACCOUNT_USAGE = "TOTAL_ACCOUNT_USAGE"
"""The key of a resource's total in a usage report, beside its users' names."""

ComponentAmounts: TypeAlias = dict[str, float]
"""Amounts by component."""

ResourceUsage: TypeAlias = dict[str, ComponentAmounts]
"""By user, and in all under ``TOTAL_ACCOUNT_USAGE``; in Waldur units."""

UsageReport: TypeAlias = dict[str, ResourceUsage]
"""By the resource's id on the backend."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What resources used in one month, told apart from what is not known.

    An id that is in none of the three is *idle*: its account is there, was read, and used nothing.

    Attributes:
        report: the usage of those that were measured. Waldur units.
        unmeasured: why others could not be measured. They are left as they are and measured again
            in the next pass; nothing is ever reported for them.
        unrecorded: those of which the backend keeps no record for that month. Nothing is reported
            for them either, and nobody has to look after it.
    """

    report: UsageReport = field(default_factory=dict)
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    unrecorded: frozenset[str] = frozenset()


DailyUsageReport: TypeAlias = dict[str, dict[str, ComponentAmounts]]
"""By the resource's id on the backend, then by day as ``YYYY-MM-DD``; in Waldur units."""

UserContext: TypeAlias = Mapping[str, object]
"""The people around a resource that is being created.

``team`` (members), ``offering_users`` (only those of the team), ``user_mappings`` (user uuid →
member), ``offering_user_mappings`` (user uuid → offering user), ``plan_quotas`` (component → int,
Waldur units) and ``ssh_keys`` (dashed user uuid → public key). All empty where unknown.
``source_project`` is the project as Waldur has it, with its ``oecd_fos_2007_code``, for backends
with ``requires_source_project``; None where it may not be read.
``order_uuid`` is the order that is carried out: a key by which a creation is recognised that was
interrupted.
"""


@dataclass
class ClientResource:
    """A resource (an account, a project …) as a backend's client lists it."""

    name: str = ""
    description: str = ""
    organization: str = ""
    """The id of the parent that the resource belongs to."""
    backend_id: str = ""


@dataclass
class Association:
    """A user's place on a resource."""

    account: str
    user: str
    value: int = 0


class BackendUser(str):
    """A user's name on the backend, with the e-mail address by which the person is known there.

    Where people may have had accounts before, under names of their own, a member who is listed so
    is recognized by the address. Just the name, to whoever does not care.
    """

    __slots__ = ("email",)
    email: str

    def __new__(cls, name: str, *, email: str = "") -> Self:
        """Take a name and an address."""
        user = super().__new__(cls, name)
        user.email = email
        return user


@dataclass
class BackendResourceInfo:
    """What a backend knows of one resource, or answers to its creation."""

    backend_id: str = ""
    parent_id: str = ""
    effective_id: str = ""
    """The id that a remote system gave, where it differs from ours."""
    users: list[str] = field(default_factory=list)
    """Names by which the backend knows its members; each may be a :class:`BackendUser`."""
    usage: ResourceUsage = field(default_factory=dict)
    limits: ComponentAmounts = field(default_factory=dict)
    """In Waldur units: what is told to Waldur after creation."""
    pending_order_id: str = ""
    """Of asynchronous backends: the remote order that is on its way."""
    backend_metadata: dict[str, object] = field(default_factory=dict)
    endpoints: list[dict[str, str]] = field(default_factory=list)
    """``{"name": …, "url": …}`` each, shown to the users in Waldur."""


class PendingOrderDecision(Enum):
    """What a plugin says of an order that waits for the provider."""

    ACCEPT = "accept"
    REJECT = "reject"
    PENDING = "pending"
    """Ask again in the next pass."""


class MemberKey(StrEnum):
    """By which of a person's names a backend knows its members."""

    USERNAME = "username"
    """The name at the offering."""
    CUID = "cuid"
    """The stable identity in Waldur."""
    EMAIL = "email"
    """The e-mail address, where the offering exposes it to the provider."""


class BackendRole(StrEnum):
    """What an offering may use a backend for."""

    ORDER_PROCESSING = "order_processing"
    MEMBERSHIP_SYNC = "membership_sync"
    REPORTING = "reporting"


class ResourceStatus(StrEnum):
    """What Waldur's flags ask of a resource."""

    NORMAL = "normal"
    DOWNSCALED = "downscaled"
    PAUSED = "paused"


class AddedUsers(set[str]):
    """The users who are on the resource now; ``failed`` says of others why they are not.

    ``waiting`` says of users who cannot be added *yet* what they wait for, which is no failure.
    """

    def __init__(
        self,
        users: Iterable[str] = (),
        failed: Mapping[str, str] | None = None,
        waiting: Mapping[str, str] | None = None,
    ) -> None:
        """Hold the users, and causes by user for those who are not on the resource."""
        super().__init__(users)
        self.failed: dict[str, str] = dict(failed or {})
        self.waiting: dict[str, str] = dict(waiting or {})


class RemovedUsers(list[str]):
    """The users who are off the resource now; ``failed`` says of others why they are not."""

    def __init__(self, users: Iterable[str] = (), failed: Mapping[str, str] | None = None) -> None:
        """Hold the users, and causes by user for those who could not be removed."""
        super().__init__(users)
        self.failed: dict[str, str] = dict(failed or {})


@dataclass(frozen=True, kw_only=True)
class MembersChange:
    """Who is to come to one resource, and who is to leave it."""

    resource: WaldurResource
    """With its id on the backend."""
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()
    arguments: Mapping[str, object] = field(default_factory=dict)
    """The keyword arguments of ``add_users_to_resource``."""


@dataclass(frozen=True, kw_only=True)
class MembersChanged:
    """What came of a :class:`MembersChange`."""

    added: AddedUsers = field(default_factory=AddedUsers)
    removed: RemovedUsers = field(default_factory=RemovedUsers)
    error: Exception | None = None
    """Why the resource as a whole could not be worked on; both of the others then stand as far
    as it was done."""


@dataclass(frozen=True, kw_only=True)
class RemoteWaldur:
    """Another Waldur that serves an offering, and whose events are worth a look.

    Attributes:
        api_url: its API.
        token: for it.
        offering_uuid: its offering that serves ours.
        broker_host: where its events come from; the host of ``api_url`` where it is empty.
        broker_port: likewise; that of our own offering's settings, where it is None. So are
            ``broker_path`` and ``broker_tls``.
    """

    api_url: str
    token: str = field(repr=False)
    offering_uuid: UUID
    verify_ssl: bool = True
    ca_bundle: str | None = None
    proxy: str = field(default="", repr=False)
    timeout_seconds: float = 60.0
    broker_host: str = ""
    broker_port: int | None = None
    broker_path: str | None = None
    broker_tls: bool | None = None


class ResourceKey(TypedDict):
    """An API key as the backend minted it. The secret is told to Waldur and never logged."""

    client_id: str
    api_key: str


class MembershipStatus(TypedDict, total=False):
    """How far one grant has come on the backend, for Waldur to show."""

    username: str
    scope_type: str
    resource_project_uuid: str
    role_name: str
    state: str
    message: str


class PeriodicSettingsResult(TypedDict, total=False):
    """What came of a policy's settings for a period."""

    success: bool
    error: str
    reason: str
    mode: str
    commands_executed: list[str]
