"""All endpoints. A new area adds its file and its line here."""

from waldur_site_agent_testkit.mastermind.api import (
    agent_logs,
    agents,
    api_keys,
    consumer_resources,
    events,
    imports,
    offering_users,
    offerings,
    orders,
    plans,
    policies,
    providers,
    resources,
    server_info,
    usage_limits,
    usages,
)

ROUTES = (
    *server_info.ROUTES,
    *orders.ROUTES,
    *resources.ROUTES,
    *consumer_resources.ROUTES,
    *offerings.ROUTES,
    *offering_users.ROUTES,
    *providers.ROUTES,
    *usage_limits.ROUTES,
    *usages.ROUTES,
    *plans.ROUTES,
    *api_keys.ROUTES,
    *imports.ROUTES,
    *policies.ROUTES,
    *agents.ROUTES,
    *agent_logs.ROUTES,
    *events.ROUTES,
)
