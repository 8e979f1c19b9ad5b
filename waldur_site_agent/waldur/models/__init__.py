"""What Mastermind sends, as far as the agent reads it. Field names are the wire's."""

from waldur_site_agent.waldur.models.accounts import CourseAccount, ServiceAccount
from waldur_site_agent.waldur.models.agents import AgentIdentity, AgentProcessor, AgentService
from waldur_site_agent.waldur.models.api_keys import ApiKey
from waldur_site_agent.waldur.models.consumer import ConsumerOrder, ConsumerResource
from waldur_site_agent.waldur.models.offering_users import OfferingUser, OfferingUserBrief
from waldur_site_agent.waldur.models.offerings import (
    AttributeConfig,
    OfferingComponent,
    OfferingDetails,
    Partition,
)
from waldur_site_agent.waldur.models.orders import Order
from waldur_site_agent.waldur.models.people import CustomerUser, Role, User
from waldur_site_agent.waldur.models.plans import Plan
from waldur_site_agent.waldur.models.projects import Project, ProjectMember
from waldur_site_agent.waldur.models.providers import ProjectPermission, SshKey
from waldur_site_agent.waldur.models.resources import Endpoint, Resource, TeamMember
from waldur_site_agent.waldur.models.science import ScienceSubDomain
from waldur_site_agent.waldur.models.server import CurrentUser, Permission
from waldur_site_agent.waldur.models.usage_limits import UsageLimit
from waldur_site_agent.waldur.models.usages import ComponentUsage, UserUsage
from waldur_site_agent.waldur.wire import FreeForm, Label

__all__ = [
    "AgentIdentity",
    "AgentProcessor",
    "AgentService",
    "ApiKey",
    "AttributeConfig",
    "ComponentUsage",
    "ConsumerOrder",
    "ConsumerResource",
    "CourseAccount",
    "CurrentUser",
    "CustomerUser",
    "Endpoint",
    "FreeForm",
    "Label",
    "OfferingComponent",
    "OfferingDetails",
    "OfferingUser",
    "OfferingUserBrief",
    "Order",
    "Partition",
    "Permission",
    "Plan",
    "Project",
    "ProjectMember",
    "ProjectPermission",
    "Resource",
    "Role",
    "ScienceSubDomain",
    "ServiceAccount",
    "SshKey",
    "TeamMember",
    "UsageLimit",
    "User",
    "UserUsage",
]
