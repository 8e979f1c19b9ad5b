"""The gateway: one Mastermind and one credential, its operations by area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from waldur_site_agent.waldur.agents import Agents
from waldur_site_agent.waldur.api_keys import ApiKeys
from waldur_site_agent.waldur.consumer_orders import ConsumerOrders
from waldur_site_agent.waldur.consumer_resources import ConsumerResources
from waldur_site_agent.waldur.customers import Customers
from waldur_site_agent.waldur.events import Events
from waldur_site_agent.waldur.identity_bridge import IdentityBridge
from waldur_site_agent.waldur.imports import Imports
from waldur_site_agent.waldur.logs import Logs
from waldur_site_agent.waldur.offering_users import OfferingUsers
from waldur_site_agent.waldur.offerings import Offerings
from waldur_site_agent.waldur.orders import Orders
from waldur_site_agent.waldur.plans import Plans
from waldur_site_agent.waldur.policies import Policies
from waldur_site_agent.waldur.projects import Projects
from waldur_site_agent.waldur.providers import Providers
from waldur_site_agent.waldur.public_offerings import PublicOfferings
from waldur_site_agent.waldur.remote_eduteams import RemoteEduteams
from waldur_site_agent.waldur.resources import Resources
from waldur_site_agent.waldur.rest import Rest
from waldur_site_agent.waldur.roles import Roles
from waldur_site_agent.waldur.science_sub_domains import ScienceSubDomains
from waldur_site_agent.waldur.server import Server
from waldur_site_agent.waldur.usage_limits import UsageLimits
from waldur_site_agent.waldur.usages import Usages
from waldur_site_agent.waldur.users import Users

if TYPE_CHECKING:
    from waldur_site_agent.waldur.connection import RetryPolicy
    from waldur_site_agent.waldur.transport import Transport


class Waldur:
    """A Mastermind. Thread-safe; every call has a deadline and raises ``WaldurError`` only.

    Made by ``connection.connect``. Use it as a context manager, or ``close`` it.
    """

    def __init__(self, transport: Transport) -> None:
        """Speak over a transport; nothing is asked yet."""
        self._transport = transport
        rest = Rest(transport)
        self.server = Server(rest)
        self.orders = Orders(rest)
        self.resources = Resources(rest)
        self.offerings = Offerings(rest)
        self.offering_users = OfferingUsers(rest)
        self.providers = Providers(rest)
        self.usage_limits = UsageLimits(rest)
        self.usages = Usages(rest)
        self.plans = Plans(rest)
        self.api_keys = ApiKeys(rest)
        self.policies = Policies(rest)
        self.imports = Imports(rest)
        self.agents = Agents(rest)
        self.events = Events(rest)
        self.logs = Logs(rest)
        self.consumer_orders = ConsumerOrders(rest)
        self.consumer_resources = ConsumerResources(rest)
        self.public_offerings = PublicOfferings(rest)
        self.customers = Customers(rest)
        self.projects = Projects(rest)
        self.users = Users(rest)
        self.roles = Roles(rest)
        self.identity_bridge = IdentityBridge(rest)
        self.remote_eduteams = RemoteEduteams(rest)
        self.science_sub_domains = ScienceSubDomains(rest)

    def authorization(self) -> str:
        """Tell the ``Authorization`` header of this moment, for clients of other makes.

        Raises:
            WaldurError: the identity provider gave none.
        """
        return self._transport.authorization()

    def renew_authorization(self, refused: str) -> bool:
        """Forget a header that the broker refused; tell whether the next one may be another."""
        return self._transport.renew_authorization(refused)

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def with_patience(self, *, timeout_seconds: float, retries: RetryPolicy) -> Waldur:
        """The same Mastermind over the same connections, with another patience.

        Args:
            timeout_seconds: how long one request may take in all, repetitions included.
            retries: what is repeated, and how patiently.
        """
        patience = self._transport.with_patience(timeout_seconds=timeout_seconds, retries=retries)
        return Waldur(patience)

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self.close()
