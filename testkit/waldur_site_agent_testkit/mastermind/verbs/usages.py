"""Usage as Mastermind has it, and how it takes more."""

from datetime import date, datetime
from decimal import Decimal

from waldur_site_agent_testkit.mastermind import using
from waldur_site_agent_testkit.mastermind.state import ComponentUsage, Resource, UserUsage
from waldur_site_agent_testkit.mastermind.verbs.base import Verbs, locked


class UsageVerbs(Verbs):
    """Usages, as if they had been reported, and months that are closed."""

    @locked
    def use(self, resource: Resource, component: str, usage: str, at: datetime) -> ComponentUsage:
        """Have a resource have used something in the month of a moment."""
        kinds = {one.type: one for one in resource.offering.components}
        return using.use(self._store, resource, kinds[component], at, Decimal(usage))

    @locked
    def use_by_user(self, whole: ComponentUsage, username: str, usage: str) -> UserUsage:
        """Have a single user have used a part of it."""
        return using.use_by_user(self._store, whole, username, Decimal(usage), None)

    @locked
    def duplicate_usage(self, usage: ComponentUsage) -> ComponentUsage:
        """Have a second record of the same component and month, as migrations left behind."""
        twin = ComponentUsage(
            **self._store.birth(),
            resource=usage.resource,
            component=usage.component,
            period=usage.period,
            usage=usage.usage,
            date=usage.date,
        )
        return self._store.keep(self.state.component_usages, twin)

    @locked
    def close_past(self, *, closed: bool = True) -> None:
        """Let nobody but staff write usage of past months, or everybody again."""
        self.state.past_is_closed = closed

    @locked
    def file_under_now(self) -> None:
        """File all usage under the current month, whatever date is sent, as servers of 2024 do."""
        self.state.files_under_now = True

    @locked
    def usages(self, resource: Resource, period: date) -> dict[str, Decimal]:
        """Return what a resource used in a month, by component."""
        known = self.state.usages_of[resource.uuid]
        return {u.component.type: u.usage for u in known if u.period == period}

    @locked
    def user_usages(self, resource: Resource, period: date) -> dict[tuple[str, str], Decimal]:
        """Return what single users used of a resource in a month, by name and component."""
        return {
            (usage.username, usage.component_usage.component.type): usage.usage
            for usage in self.state.user_usages.values()
            if usage.component_usage.resource is resource and usage.component_usage.period == period
        }
