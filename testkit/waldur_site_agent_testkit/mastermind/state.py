"""What Mastermind knows, as plain objects. Rules live elsewhere; these only hold values.

Every uuid is bare hex, every moment aware and in UTC, every amount in Waldur units.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from waldur_site_agent_testkit.mastermind.shapes import Limits, Object
from waldur_site_agent_testkit.mastermind.tables import Table


class OrderState(StrEnum):
    """Where an order stands."""

    PENDING_CONSUMER = "pending-consumer"
    PENDING_PROVIDER = "pending-provider"
    PENDING_PROJECT = "pending-project"
    PENDING_START_DATE = "pending-start-date"
    EXECUTING = "executing"
    DONE = "done"
    ERRED = "erred"
    CANCELED = "canceled"
    REJECTED = "rejected"


class OrderType(StrEnum):
    """What an order asks for."""

    CREATE = "Create"
    UPDATE = "Update"
    TERMINATE = "Terminate"
    RESTORE = "Restore"


class ResourceState(StrEnum):
    """Where a resource stands."""

    CREATING = "Creating"
    OK = "OK"
    UPDATING = "Updating"
    TERMINATING = "Terminating"
    TERMINATED = "Terminated"
    ERRED = "Erred"


class OfferingUserState(StrEnum):
    """Where a user's account at an offering stands."""

    REQUESTED = "Requested"
    CREATING = "Creating"
    PENDING_ACCOUNT_LINKING = "Pending account linking"
    PENDING_ADDITIONAL_VALIDATION = "Pending additional validation"
    OK = "OK"
    REQUESTED_DELETION = "Requested deletion"
    DELETING = "Deleting"
    DELETED = "Deleted"
    ERROR_CREATING = "Error creating"
    ERROR_DELETING = "Error deleting"


class AccountState(StrEnum):
    """Where a service account or a course account stands."""

    OK = "OK"
    PENDING = "Pending"
    CLOSED = "Closed"
    ERRED = "Erred"


class ApiKeyState(StrEnum):
    """Where a resource's API key stands."""

    CREATING = "Creating"
    OK = "OK"
    UPDATING = "Updating"
    ERRED = "Erred"


class AgentServiceState(StrEnum):
    """What Mastermind thinks of a registered agent service."""

    ACTIVE = "Active"
    IDLE = "Idle"
    ERROR = "Error"


class Role(StrEnum):
    """The roles that matter here, by the names of Mastermind."""

    PROJECT_MEMBER = "PROJECT.MEMBER"
    PROJECT_ADMIN = "PROJECT.ADMIN"
    PROJECT_MANAGER = "PROJECT.MANAGER"
    CUSTOMER_OWNER = "CUSTOMER.OWNER"
    OFFERING_MANAGER = "OFFERING.MANAGER"


class UsernamePolicy(StrEnum):
    """Who makes up usernames; the two policies that this Mastermind acts on."""

    SERVICE_PROVIDER = "service_provider"
    WALDUR_USERNAME = "waldur_username"


class BillingType(StrEnum):
    """How a component is charged."""

    FEW = "few"
    FIXED = "fixed"
    LIMIT = "limit"
    ONE = "one"
    USAGE = "usage"


class LimitPeriod(StrEnum):
    """How often a limit begins anew."""

    ANNUAL = "annual"
    MONTH = "month"
    QUARTERLY = "quarterly"
    TOTAL = "total"


@dataclass(slots=True, eq=False, kw_only=True)
class Thing:
    """What every object of Mastermind has."""

    uuid: str
    created: datetime
    modified: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class Customer(Thing):
    """An organization: it owns projects, and offerings when it is a provider."""

    name: str
    slug: str
    abbreviation: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class ServiceProvider(Thing):
    """The provider's side of a customer, with a uuid of its own."""

    customer: Customer


@dataclass(slots=True, eq=False, kw_only=True)
class Project(Thing):
    """A customer's project: resources belong to it, and so do people, by roles."""

    name: str
    slug: str
    customer: Customer
    description: str = ""
    backend_id: str = ""
    start_date: date | None = None
    end_date: date | None = None
    end_date_updated_at: datetime | None = None
    end_date_requested_by: "User | None" = None
    oecd_fos_2007_code: str = ""
    is_industry: bool = False
    science_sub_domain: "ScienceSubDomain | None" = None


@dataclass(slots=True, eq=False, kw_only=True)
class ScienceSubDomain(Thing):
    """A part of a domain of science; only the code is the same on every server."""

    name: str
    code: str


@dataclass(slots=True, eq=False, kw_only=True)
class User(Thing):
    """A person, or the account that an agent's token belongs to."""

    username: str
    first_name: str
    last_name: str
    email: str
    slug: str
    token: str
    is_staff: bool = False
    is_support: bool = False
    is_active: bool = True
    managed_isds: list[str] = field(default_factory=list)
    """The sources of identities for which this user, an identity manager then, may speak."""
    active_isds: list[str] = field(default_factory=list)
    """The sources that know this user."""
    profile: Object = field(default_factory=dict)
    """What sources told of this user besides names and e-mail address."""

    @property
    def full_name(self) -> str:
        """First and last name, as far as they are known."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True, eq=False, kw_only=True)
class SshKey(Thing):
    """A user's public key."""

    user: User
    name: str
    public_key: str


@dataclass(slots=True, eq=False, kw_only=True)
class Component(Thing):
    """A billable dimension of an offering."""

    type: str
    name: str
    measured_unit: str
    billing_type: str
    limit_period: str | None
    unit_factor: int = 1
    settings: Object = field(default_factory=dict)
    """Optional fields that were set: `description`, `min_value`, `article_code` and others."""


@dataclass(slots=True, eq=False, kw_only=True)
class Partition(Thing):
    """A Slurm partition that an offering describes; `settings` are its optional fields."""

    name: str
    settings: Object


@dataclass(slots=True, eq=False, kw_only=True)
class Plan(Thing):
    """A price list; `quotas` are the amounts of the fixed components."""

    name: str
    offering: "Offering"
    quotas: Limits
    unit: str = "month"
    archived: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class Offering(Thing):
    """What a provider offers."""

    name: str
    slug: str
    type: str
    customer: Customer
    plugin_options: Object
    exposed_fields: list[str]
    backend_id: str = ""
    components: list[Component] = field(default_factory=list)
    partitions: list[Partition] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    used_backend_ids: set[str] = field(default_factory=set)
    """Every id that a resource of this offering has, or ever had."""

    @property
    def makes_offering_users(self) -> bool:
        """Whether Mastermind makes offering users for this offering by itself."""
        return self.plugin_options.get("service_provider_can_create_offering_user") is True

    @property
    def username_policy(self) -> UsernamePolicy:
        """Who makes up usernames; the provider, when nothing is said."""
        policy = self.plugin_options.get("username_generation_policy")
        return UsernamePolicy.SERVICE_PROVIDER if policy is None else UsernamePolicy(str(policy))


@dataclass(slots=True, eq=False, kw_only=True)
class Grant(Thing):
    """A role of a user in a scope, until it is taken away or expires."""

    user: User
    role: Role
    scope: Customer | Project | Offering
    expires: datetime | None = None


class MembershipSyncState(StrEnum):
    """How far a grant of access has got at the backend."""

    SYNCED = "synced"
    PENDING = "pending"
    ERROR = "error"
    MISSING_IN_IDP = "missing_in_idp"


class GrantScope(StrEnum):
    """What a reported grant of access is about."""

    RESOURCE = "resource"
    RESOURCE_PROJECT = "resource_project"


@dataclass(slots=True, eq=False, kw_only=True)
class MemberStatus:
    """What the agent said about one member of a resource."""

    scope_type: str
    role_name: str
    state: str
    username: str = ""
    user_uuid: str = ""
    resource_project_uuid: str = ""
    message: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Resource(Thing):
    """What an order made real: an allocation, a share, an account."""

    name: str
    slug: str
    project: Project
    offering: Offering
    plan: Plan | None
    limits: Limits
    attributes: Object
    state: ResourceState = ResourceState.CREATING
    backend_id: str = ""
    effective_id: str = ""
    backend_metadata: Object = field(default_factory=dict)
    endpoints: list[Object] = field(default_factory=list)
    paused: bool = False
    downscaled: bool = False
    restrict_member_access: bool = False
    end_date: date | None = None
    end_date_updated_at: datetime | None = None
    end_date_requested_by: User | None = None
    error_message: str = ""
    error_traceback: str = ""
    last_sync: datetime | None = None
    member_statuses: list[MemberStatus] = field(default_factory=list)


@dataclass(slots=True, eq=False, kw_only=True)
class Order(Thing):
    """A wish about a resource."""

    type: OrderType
    resource: Resource
    plan: Plan | None
    limits: Limits
    attributes: Object
    state: OrderState = OrderState.PENDING_CONSUMER
    backend_id: str = ""
    start_date: date | None = None
    error_message: str = ""
    error_traceback: str = ""
    provider_rejection_comment: str = ""
    request_comment: str | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class OfferingUser(Thing):
    """A user's account at an offering."""

    user: User
    offering: Offering
    username: str = ""
    state: OfferingUserState = OfferingUserState.REQUESTED
    runtime_state: str = "Active"
    is_restricted: bool = False
    service_provider_comment: str = ""
    service_provider_comment_url: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class ServiceAccount(Thing):
    """An account of a project that belongs to no person."""

    username: str
    project: Project
    state: AccountState = AccountState.OK
    description: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class CourseAccount(Thing):
    """A user's account for the time of a course."""

    user: User
    project: Project
    state: AccountState = AccountState.OK
    description: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class ApiKey(Thing):
    """A key that opens one resource."""

    resource: Resource
    client_id: str
    api_key: str
    state: ApiKeyState = ApiKeyState.OK
    error_message: str = ""


class ImportRequestState(StrEnum):
    """How far a request for what could be imported has come."""

    SENT = "Sent"
    PROCESSING = "Processing"
    DONE = "Done"
    ERRED = "Erred"


@dataclass(slots=True, eq=False, kw_only=True)
class ImportRequest(Thing):
    """Somebody wants to know what a backend has."""

    offering: Offering
    state: ImportRequestState = ImportRequestState.SENT
    error_message: str = ""
    error_traceback: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class BackendResource(Thing):
    """What a backend has, as an agent told it."""

    offering: Offering
    project: Project
    name: str
    backend_id: str
    backend_metadata: Object


@dataclass(slots=True, eq=False, kw_only=True)
class PeriodicVerdict:
    """What an agent said came of a policy's settings."""

    policy_uuid: str
    resource: Resource
    success: bool
    error_message: str
    commands_executed: list[str]


@dataclass(slots=True, eq=False, kw_only=True)
class AgentProcessor(Thing):
    """What ran within an agent's service, and when last."""

    name: str
    backend_type: str
    backend_version: str | None
    last_run: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class AgentService(Thing):
    """One mode of a registered agent."""

    identity: "AgentIdentity"
    name: str
    mode: str | None
    state: AgentServiceState = AgentServiceState.ACTIVE
    processors: list[AgentProcessor] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLogLine:
    """A line of an agent's log, as the agent sent it."""

    timestamp: datetime
    level: str
    message: str
    module: str


@dataclass(slots=True, eq=False, kw_only=True)
class AgentIdentity(Thing):
    """A registered agent."""

    name: str
    offering: Offering
    created_by: User
    version: str | None = None
    dependencies: list[Object] = field(default_factory=list)
    config_file_path: str | None = ""
    config_file_content: str | None = ""
    last_restarted: datetime | None = None
    services: list[AgentService] = field(default_factory=list)
    log: list[AgentLogLine] = field(default_factory=list)


@dataclass(slots=True, eq=False, kw_only=True)
class EventConsumer(Thing):
    """An agent's queue at the broker, and the broker's user who may read it."""

    identity: AgentIdentity
    user: User
    rmq_username: str
    password: str
    object_types: list[str] = field(default_factory=list)
    """Those that are wanted; none for all."""

    @property
    def queue(self) -> str:
        """The queue's name."""
        return f"consumer_{self.uuid}"


@dataclass(slots=True, eq=False, kw_only=True)
class EventSubscription(Thing):
    """A subscription to one object type, as older servers have it; it is the broker's user."""

    user: User
    object_type: str
    password: str
    queues: dict[tuple[str, str], str] = field(default_factory=dict)
    """Queues by offering and type."""

    @property
    def rmq_username(self) -> str:
        """The broker's user."""
        return self.uuid


@dataclass(slots=True, eq=False, kw_only=True)
class UsageLimit(Thing):
    """How much of a component one user may use of a resource, in Waldur units."""

    account: OfferingUser
    resource: Resource
    component: Component
    limit: float


@dataclass(slots=True, eq=False, kw_only=True)
class ComponentUsage(Thing):
    """How much of a component a resource used in a month; `period` is the month's first day."""

    resource: Resource
    component: Component
    period: date
    usage: Decimal
    date: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class UserUsage(Thing):
    """How much of it a single user used."""

    component_usage: ComponentUsage
    username: str
    usage: Decimal
    account: OfferingUser | None = None


class State:
    """All objects by their uuids, in the order in which they were made.

    Attributes:
        consents: User and offering, by uuid, where the user agrees that the provider sees the
            profile.
        bearers: Personal access tokens and OIDC tokens, each with its user's uuid.
        personal_tokens: Those of them that the broker takes as passwords.
        users_by_token: By the API token.
        grants_in: Roles by the uuid of their scope, expired ones too.
        resources_in: Resources by their project's uuid, in any state.
        accounts_of: Accounts by the uuids of user and offering: one, or none.
        usage_limits_of: Limits by the uuid of the account.
        usages_of: Component usages by the uuid of the resource.
        user_usages_of: User usages by the uuid of the component usage, then by name.
        custom_roles: Roles beyond those of every server, by name.
        identity_fields: What the identity bridge takes of a profile; None for all that it knows.
        eduteams: People whom eduTEAMS knows, by CUID, and what it tells of them.
        past_is_closed: Only staff may write usage of past months.
        files_under_now: Usage goes to the current month, whatever date is sent, as in 2024.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.customers: Table[Customer] = Table()
        self.providers: Table[ServiceProvider] = Table()
        self.projects: Table[Project] = Table()
        self.science_sub_domains: Table[ScienceSubDomain] = Table()
        self.users: Table[User] = Table()
        self.ssh_keys: Table[SshKey] = Table()
        self.grants: Table[Grant] = Table()
        self.consents: set[tuple[str, str]] = set()
        self.offerings: Table[Offering] = Table()
        self.plans: Table[Plan] = Table()
        self.resources: Table[Resource] = Table()
        self.orders: Table[Order] = Table()
        self.offering_users: Table[OfferingUser] = Table()
        self.service_accounts: Table[ServiceAccount] = Table()
        self.course_accounts: Table[CourseAccount] = Table()
        self.usage_limits: Table[UsageLimit] = Table()
        self.component_usages: Table[ComponentUsage] = Table()
        self.user_usages: Table[UserUsage] = Table()
        self.api_keys: Table[ApiKey] = Table()
        self.import_requests: Table[ImportRequest] = Table()
        self.backend_resources: Table[BackendResource] = Table()
        self.periodic_verdicts: list[PeriodicVerdict] = []
        self.identities: Table[AgentIdentity] = Table()
        self.services: Table[AgentService] = Table()
        self.event_consumers: Table[EventConsumer] = Table()
        self.event_subscriptions: Table[EventSubscription] = Table()
        self.bearers: dict[str, str] = {}
        self.personal_tokens: set[str] = set()
        self.custom_roles: list[str] = []
        self.identity_fields: set[str] | None = None
        self.eduteams: dict[str, dict[str, str]] = {}
        self.past_is_closed = False
        self.files_under_now = False
        self.users_by_token = self.users.grouped(lambda user: user.token)
        self.grants_in = self.grants.grouped(lambda grant: grant.scope.uuid)
        self.resources_in = self.resources.grouped(lambda resource: resource.project.uuid)
        self.accounts_of = self.offering_users.grouped(lambda a: (a.user.uuid, a.offering.uuid))
        self.usage_limits_of = self.usage_limits.grouped(lambda limit: limit.account.uuid)
        self.usages_of = self.component_usages.grouped(lambda usage: usage.resource.uuid)
        self.user_usages_of = self.user_usages.grouped(
            lambda usage: (usage.component_usage.uuid, usage.username)
        )

    def resources_of(self, offering: Offering) -> Iterator[Resource]:
        """Yield the offering's resources in any state."""
        return (item for item in self.resources.values() if item.offering is offering)
