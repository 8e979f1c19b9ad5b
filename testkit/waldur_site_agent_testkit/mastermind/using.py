"""What becomes of usage that is told: under which month it is filed, and what it replaces."""

from datetime import UTC, date, datetime
from decimal import Decimal

from waldur_site_agent_testkit.mastermind.state import (
    Component,
    ComponentUsage,
    OfferingUser,
    Resource,
    UserUsage,
)
from waldur_site_agent_testkit.mastermind.store import Store


def period_of(moment: datetime) -> date:
    """Return the billing period to which a moment belongs: the first day of its month in UTC."""
    return moment.astimezone(UTC).date().replace(day=1)


def use(
    store: Store, resource: Resource, component: Component, at: datetime, usage: Decimal
) -> ComponentUsage:
    """Write how much of a component a resource used in the month of a moment."""
    found = find(store, resource, component, period_of(at))
    if found is None:
        found = ComponentUsage(
            **store.birth(),
            resource=resource,
            component=component,
            period=period_of(at),
            usage=usage,
            date=at,
        )
        return store.keep(store.state.component_usages, found)
    found.usage, found.date = usage, at
    store.touch(found)
    return found


def find(
    store: Store, resource: Resource, component: Component, period: date
) -> ComponentUsage | None:
    """Return what is known of a component of a resource in a month."""
    known = store.state.usages_of[resource.uuid]
    return next((u for u in known if u.component is component and u.period == period), None)


def use_by_user(
    store: Store,
    whole: ComponentUsage,
    username: str,
    usage: Decimal,
    account: OfferingUser | None,
) -> UserUsage:
    """Write how much of a usage is a single user's."""
    known = store.state.user_usages_of[whole.uuid, username]
    if not known:
        made = UserUsage(
            **store.birth(),
            component_usage=whole,
            username=username,
            usage=usage,
            account=account,
        )
        return store.keep(store.state.user_usages, made)
    found = known[0]
    found.usage = usage
    found.account = account or found.account
    store.touch(found)
    return found
