"""The world: everything that Mastermind knows, and the verbs with which a test changes it."""

import functools
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from waldur_site_agent_testkit.mastermind import catalogue, membership, ordering
from waldur_site_agent_testkit.mastermind.api.exchange import Answer, Exchange, Incoming
from waldur_site_agent_testkit.mastermind.calls import Call, Observer, Violation
from waldur_site_agent_testkit.mastermind.clock import Clock
from waldur_site_agent_testkit.mastermind.door import Door
from waldur_site_agent_testkit.mastermind.faults import Faults
from waldur_site_agent_testkit.mastermind.shapes import JSON, Limits, Object
from waldur_site_agent_testkit.mastermind.state import (
    AccountState,
    AgentServiceState,
    CourseAccount,
    Customer,
    Grant,
    Offering,
    OfferingUser,
    Order,
    OrderType,
    Plan,
    Project,
    Resource,
    Role,
    ServiceAccount,
    ServiceProvider,
    SshKey,
    State,
    User,
)
from waldur_site_agent_testkit.mastermind.store import Store

P = ParamSpec("P")
R = TypeVar("R")
IDLE_AFTER = timedelta(minutes=10)
"""A service of which no processor ran for so long is idle."""


def _locked(verb: Callable[Concatenate["World", P], R]) -> Callable[Concatenate["World", P], R]:
    """Keep the server out while a verb changes the world."""

    @functools.wraps(verb)
    def held(world: "World", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with world.lock:
            return verb(world, *args, **kwargs)

    return held


class World:
    """A Mastermind without a network; thread-safe.

    Args:
        seed: Determines all uuids.
        lacks: Names of endpoints or endpoint groups that an older server does not have, such as
            `check_unique_backend_id` or `site-agent-identities`.
        version: What `GET /api/version/` answers.
    """

    def __init__(
        self, *, seed: int = 1, lacks: Collection[str] = (), version: str = "8.1.2"
    ) -> None:
        """Begin with an empty Mastermind."""
        self.lock = threading.RLock()
        self._store = Store(seed=seed)
        self.faults = Faults()
        self._door = Door(
            store=self._store, faults=self.faults, lock=self.lock, lacks=lacks, version=version
        )

    # What the server was asked.

    @property
    def clock(self) -> Clock:
        """The server's clock."""
        return self._store.clock

    @property
    def state(self) -> State:
        """All objects, to read; change them by the verbs.

        Hold `lock` while going through a table that the server may be adding to.
        """
        return self._store.state

    @property
    def calls(self) -> list[Call]:
        """Every request so far, in order."""
        return self._door.calls

    @property
    def violations(self) -> list[Violation]:
        """What was sent and does not belong there; `Violation.kind` lists the kinds."""
        return self._door.violations

    def on_call(self, observer: Observer) -> None:
        """Have `observer(call, phase)` told of every call, before and after its effect.

        What the observer raises reaches the caller of the direct door, and so stands for a crash at
        that point. Over HTTP an `Exception` becomes a 500.
        """
        self._door.observers.append(observer)

    def handle(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Answer a request as the server does, in the caller's thread and without a socket.

        Raises:
            ConnectionLostError: A fault dropped the connection.
            NoAnswerError: A fault made the server hang.
        """
        return self.exchange(
            Incoming(method=method, path=path, query=query, headers=headers or {}, body=body)
        ).delivered()

    def exchange(self, incoming: Incoming) -> Exchange:
        """Answer a request for a transport, and tell which fault its delivery meets."""
        return self._door.exchange(incoming)

    # People and organizations.

    @_locked
    def add_customer(
        self, name: str, *, slug: str | None = None, abbreviation: str = ""
    ) -> Customer:
        """Add an organization, which is a service provider as well."""
        store = self._store
        customer = Customer(
            **store.birth(),
            name=name,
            slug=slug or store.identifiers.slug("customer", name),
            abbreviation=abbreviation,
        )
        provider = ServiceProvider(**store.birth(), customer=customer)
        store.keep(store.state.providers, provider)
        return store.keep(store.state.customers, customer)

    @_locked
    def add_project(
        self,
        customer: Customer,
        name: str,
        *,
        slug: str | None = None,
        description: str = "",
        end_date: date | None = None,
    ) -> Project:
        """Add a project to an organization."""
        store = self._store
        project = Project(
            **store.birth(),
            name=name,
            slug=slug or store.identifiers.slug("project", name),
            customer=customer,
            description=description,
            end_date=end_date,
        )
        return store.keep(store.state.projects, project)

    @_locked
    def add_user(
        self,
        username: str,
        *,
        first_name: str = "",
        last_name: str = "",
        email: str | None = None,
        is_staff: bool = False,
    ) -> User:
        """Add a person; `token` of the result opens the API."""
        store = self._store
        user = User(
            **store.birth(),
            username=username,
            first_name=first_name or username.capitalize(),
            last_name=last_name,
            email=email if email is not None else f"{username}@example.org",
            slug=store.identifiers.slug("user", username),
            token=store.identifiers.uuid(),
            is_staff=is_staff,
        )
        return store.keep(store.state.users, user)

    @_locked
    def accept_bearer(self, user: User, token: str) -> None:
        """Accept `Authorization: Bearer <token>` for a user: a personal access or OIDC token."""
        self.state.bearers[token] = user.uuid

    @_locked
    def refuse_bearer(self, token: str) -> None:
        """Accept a bearer token no longer, as when it has expired."""
        self.state.bearers.pop(token, None)

    @_locked
    def add_ssh_key(self, user: User, public_key: str, *, name: str = "") -> SshKey:
        """Add a public key to a user's profile."""
        key = SshKey(**self._store.birth(), user=user, name=name, public_key=public_key)
        return self._store.keep(self.state.ssh_keys, key)

    @_locked
    def grant(
        self,
        user: User,
        scope: Project | Customer | Offering,
        role: Role = Role.PROJECT_MEMBER,
        *,
        expires: datetime | None = None,
    ) -> Grant:
        """Give a user a role; in a project with resources that opens the user's accounts."""
        grant = Grant(**self._store.birth(), user=user, role=role, scope=scope, expires=expires)
        self._store.keep(self.state.grants, grant)
        if isinstance(scope, Project):
            membership.open_accounts_in(self._store, scope, user)
        return grant

    @_locked
    def revoke(
        self, user: User, scope: Project | Customer | Offering, role: Role | None = None
    ) -> None:
        """Take a role away from a user, or every role in the scope. Accounts stay as they are."""
        grants = self.state.grants
        gone = [g for g in grants.values() if g.user is user and g.scope is scope]
        for grant in gone:
            if role is None or grant.role is role:
                del grants[grant.uuid]

    @_locked
    def give_consent(self, user: User, offering: Offering) -> None:
        """Have a user agree to an offering's terms."""
        self.state.consents.add((user.uuid, offering.uuid))

    @_locked
    def withdraw_consent(self, user: User, offering: Offering) -> None:
        """Have a user agree no longer."""
        self.state.consents.discard((user.uuid, offering.uuid))

    # Offerings.

    @_locked
    def add_offering(
        self,
        customer: Customer,
        name: str,
        *,
        components: Mapping[str, catalogue.ComponentSpec] | Iterable[str] = (),
        plugin_options: Mapping[str, JSON] | None = None,
        offering_type: str = catalogue.SITE_AGENT,
        exposed_fields: Iterable[str] = catalogue.EXPOSED_FIELDS,
        partitions: Mapping[str, Object] | None = None,
        backend_id: str = "",
    ) -> Offering:
        """Add an offering of a provider.

        Args:
            customer: The organization that provides it.
            name: What people see.
            components: Component types, or a mapping of types to `ComponentSpec`.
            plugin_options: Free-form options; by default Mastermind makes offering users, and the
                provider names them.
            offering_type: The plugin type.
            exposed_fields: The profile attributes that the provider may see.
            partitions: Slurm partitions by name, with their optional fields.
            backend_id: The offering's own id at the backend.
        """
        offering = catalogue.offering(
            self._store,
            customer=customer,
            name=name,
            components=catalogue.specs(components),
            plugin_options=plugin_options,
            offering_type=offering_type,
            exposed_fields=exposed_fields,
            partitions=partitions or {},
        )
        offering.backend_id = backend_id
        return offering

    @_locked
    def add_plan(
        self, offering: Offering, name: str = "Standard", *, quotas: Limits | None = None
    ) -> Plan:
        """Add a plan; `quotas` are the amounts of the fixed components."""
        return catalogue.plan(self._store, offering=offering, name=name, quotas=quotas or {})

    # Orders and resources.

    @_locked
    def order_create(
        self,
        project: Project,
        offering: Offering,
        name: str,
        *,
        limits: Limits | None = None,
        attributes: Mapping[str, JSON] | None = None,
        plan: Plan | None = None,
        slug: str | None = None,
        start_date: date | None = None,
        approved: bool = True,
    ) -> Order:
        """Order a new resource; `.resource` of the result is it.

        The order waits for the provider, or for the consumer's approval when `approved` is false.
        """
        order = ordering.order_new(
            self._store,
            project=project,
            offering=offering,
            plan=plan or next(iter(offering.plans), None),
            attributes={**(attributes or {}), "name": name},
            limits=limits or {},
            slug=slug,
            start_date=start_date,
        )
        return self._ordered(order, approved=approved)

    @_locked
    def order_update(self, resource: Resource, limits: Limits, *, approved: bool = True) -> Order:
        """Order other limits for a resource.

        Raises:
            WrongStateError: The resource is not OK.
            UnfinishedOrderError: Another order on it is not finished.
        """
        order = ordering.order_change(self._store, resource, OrderType.UPDATE, limits=limits)
        return self._ordered(order, approved=approved)

    @_locked
    def order_terminate(self, resource: Resource, *, approved: bool = True) -> Order:
        """Order the end of a resource that is OK or Erred; raises as `order_update`."""
        order = ordering.order_change(self._store, resource, OrderType.TERMINATE)
        return self._ordered(order, approved=approved)

    @_locked
    def order_restore(self, resource: Resource, *, approved: bool = True) -> Order:
        """Order a terminated resource back, with the limits it had; raises as `order_update`."""
        order = ordering.order_change(
            self._store, resource, OrderType.RESTORE, limits=resource.limits
        )
        return self._ordered(order, approved=approved)

    def _ordered(self, order: Order, *, approved: bool) -> Order:
        if approved:
            ordering.move(self._store, order, "approve_by_consumer")
        return order

    @_locked
    def move_order(self, order: Order, operation: str) -> None:
        """Carry out an operation of the order's state machine, such as `approve_by_provider`.

        Raises:
            WrongStateError: The order's state does not allow it.
        """
        ordering.move(self._store, order, operation)

    @_locked
    def add_resource(
        self,
        project: Project,
        offering: Offering,
        name: str,
        *,
        backend_id: str = "",
        limits: Limits | None = None,
        slug: str | None = None,
    ) -> Resource:
        """Add a resource that is OK, as if it had been ordered and provisioned long ago."""
        order = self.order_create(project, offering, name, limits=limits, slug=slug)
        ordering.move(self._store, order, "approve_by_provider")
        ordering.set_backend_id(self._store, order.resource, backend_id)
        ordering.move(self._store, order, "set_state_done")
        return order.resource

    @_locked
    def set_limits(self, resource: Resource, limits: Limits) -> None:
        """Change a resource's limits without an order."""
        resource.limits = dict(limits)
        self._store.touch(resource)

    @_locked
    def set_backend_id(self, resource: Resource, backend_id: str) -> None:
        """Change a resource's id at the backend."""
        ordering.set_backend_id(self._store, resource, backend_id)

    @_locked
    def pause(self, resource: Resource, *, paused: bool = True) -> None:
        """Pause a resource, or let it go on."""
        resource.paused = paused
        self._store.touch(resource)

    @_locked
    def downscale(self, resource: Resource, *, downscaled: bool = True) -> None:
        """Downscale a resource, or give it its full size back."""
        resource.downscaled = downscaled
        self._store.touch(resource)

    @_locked
    def restrict_members(self, resource: Resource, *, restricted: bool = True) -> None:
        """Keep the members of the project out of a resource, or let them in again."""
        resource.restrict_member_access = restricted
        self._store.touch(resource)

    @_locked
    def set_end_date(self, resource: Resource, end_date: date | None) -> None:
        """Set the day on which a resource ends."""
        resource.end_date = end_date
        resource.end_date_updated_at = self.clock.now()
        self._store.touch(resource)

    # Accounts.

    @_locked
    def open_account(self, user: User, offering: Offering) -> OfferingUser:
        """Make a user's account at an offering, or return the one that is there."""
        return membership.open_account(self._store, user, offering)

    @_locked
    def set_username(self, user: User, offering: Offering, username: str) -> OfferingUser:
        """Name a user's account at an offering, which makes it OK; it is made if need be."""
        account = membership.open_account(self._store, user, offering)
        membership.name_account(self._store, account, username)
        return account

    @_locked
    def restrict(self, account: OfferingUser, *, restricted: bool = True) -> None:
        """Shut a user out of an offering, or let the user in again."""
        account.is_restricted = restricted
        self._store.touch(account)

    @_locked
    def add_service_account(
        self, project: Project, username: str, *, state: AccountState = AccountState.OK
    ) -> ServiceAccount:
        """Add an account of a project that belongs to no person."""
        account = ServiceAccount(
            **self._store.birth(), username=username, project=project, state=state
        )
        return self._store.keep(self.state.service_accounts, account)

    @_locked
    def add_course_account(
        self, project: Project, user: User, *, state: AccountState = AccountState.OK
    ) -> CourseAccount:
        """Add a user's account for a course that the project holds."""
        account = CourseAccount(**self._store.birth(), user=user, project=project, state=state)
        return self._store.keep(self.state.course_accounts, account)

    @_locked
    def close_account(self, account: ServiceAccount | CourseAccount) -> None:
        """Close a service account or a course account."""
        account.state = AccountState.CLOSED
        self._store.touch(account)

    # Readers.

    @_locked
    def offering_user(self, user: User, offering: Offering) -> OfferingUser | None:
        """Return a user's account at an offering."""
        return membership.offering_user(self._store, user, offering)

    @_locked
    def team(self, project: Project) -> list[Grant]:
        """Return the members of a project, each with the highest role held."""
        return membership.team(self._store, project)

    @_locked
    def provider_of(self, customer: Customer) -> ServiceProvider:
        """Return a customer as a provider."""
        return next(p for p in self.state.providers.values() if p.customer is customer)

    # What Mastermind does by itself from time to time.

    @_locked
    def beat(self) -> None:
        """Do the periodic work: begin orders whose start date came, mark agent services idle."""
        ordering.start_due(self._store)
        for service in self.state.services.values():
            runs = [processor.last_run for processor in service.processors]
            if max(runs, default=service.modified) + IDLE_AFTER < self.clock.now():
                service.state = AgentServiceState.IDLE
