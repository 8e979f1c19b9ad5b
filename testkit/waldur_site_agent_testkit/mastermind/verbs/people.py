"""Organizations, people and their roles."""

from datetime import datetime

from waldur_site_agent_testkit.mastermind import membership
from waldur_site_agent_testkit.mastermind.state import (
    Customer,
    Grant,
    Offering,
    Project,
    Role,
    ServiceProvider,
    SshKey,
    User,
)
from waldur_site_agent_testkit.mastermind.verbs.base import Verbs, locked


class PeopleVerbs(Verbs):
    """Who is there, and in which role."""

    @locked
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

    @locked
    def add_user(
        self,
        username: str,
        *,
        first_name: str = "",
        last_name: str = "",
        email: str | None = None,
        is_staff: bool = False,
        is_support: bool = False,
    ) -> User:
        """Add a person; `token` of the result opens the API. Support sees all, and changes none."""
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
            is_support=is_support,
        )
        return store.keep(store.state.users, user)

    @locked
    def accept_bearer(self, user: User, token: str, *, personal: bool = True) -> None:
        """Accept `Authorization: Bearer <token>` for a user: a personal access or OIDC token.

        The broker knows only `personal` ones; with others it wants the user's API token.
        """
        self.state.bearers[token] = user.uuid
        if personal:
            self.state.personal_tokens.add(token)

    @locked
    def refuse_bearer(self, token: str) -> None:
        """Accept a bearer token no longer, as when it has expired."""
        self.state.bearers.pop(token, None)

    @locked
    def add_ssh_key(self, user: User, public_key: str, *, name: str = "") -> SshKey:
        """Add a public key to a user's profile."""
        key = SshKey(**self._store.birth(), user=user, name=name, public_key=public_key)
        return self._store.keep(self.state.ssh_keys, key)

    @locked
    def grant(
        self,
        user: User,
        scope: Project | Customer | Offering,
        role: Role = Role.PROJECT_MEMBER,
        *,
        expires: datetime | None = None,
    ) -> Grant:
        """Give a user a role; in a project with resources that opens the user's accounts."""
        return membership.grant(self._store, user, scope, role, expires)

    @locked
    def revoke(
        self, user: User, scope: Project | Customer | Offering, role: Role | None = None
    ) -> None:
        """Take a role away from a user, or every role in the scope. Accounts stay as they are."""
        held = [grant for grant in self.state.grants_in[scope.uuid] if grant.user is user]
        for grant in held:
            if role is None or grant.role is role:
                membership.revoke(self._store, grant)

    @locked
    def give_consent(self, user: User, offering: Offering) -> None:
        """Have a user agree to an offering's terms."""
        self.state.consents.add((user.uuid, offering.uuid))

    @locked
    def withdraw_consent(self, user: User, offering: Offering) -> None:
        """Have a user agree no longer."""
        self.state.consents.discard((user.uuid, offering.uuid))

    @locked
    def team(self, project: Project) -> list[Grant]:
        """Return the members of a project, each with the highest role held."""
        return membership.team(self._store, project)

    @locked
    def provider_of(self, customer: Customer) -> ServiceProvider:
        """Return a customer as a provider."""
        return next(p for p in self.state.providers.values() if p.customer is customer)

    @locked
    def add_role(self, name: str) -> None:
        """Have a role besides those of every server; nobody can hold it here."""
        self.state.custom_roles.append(name)
