"""What the agent asks of Acme, in Waldur's terms and units."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import (
    TOTAL_ACCOUNT_USAGE,
    ResourceStatus,
    ResourceUsage,
    UsageReport,
    UserContext,
)
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent.backend.waldur_objects import WaldurResource
from waldur_site_agent_acme.client import AcmeClient, client_for
from waldur_site_agent_acme.parser import parse_usage

STATES = {
    ResourceStatus.NORMAL: "active",
    ResourceStatus.DOWNSCALED: "slow",
    ResourceStatus.PAUSED: "frozen",
}


class AcmeBackend(BaseBackend):
    """A share of Acme for each resource.

    Creating, deleting and members need nothing here: the contract's own hooks do them by the
    client. Override a hook where Acme differs from what its docstring says.
    """

    client: AcmeClient

    def __init__(
        self, backend_settings: dict[str, Any], backend_components: dict[str, dict[str, Any]]
    ) -> None:
        """Make the client; nothing is asked yet."""
        super().__init__(backend_settings, backend_components)
        self.backend_type = "acme"
        self.client = client_for(backend_settings)

    def end_pass(self) -> None:
        """Give Acme's connections back: the agent makes another backend for the next pass."""
        self.client.close()

    def ping(self, raise_exception: bool = False) -> bool:
        """Whether Acme answers. The agent asks before it takes a failure for an answer."""
        try:
            return self.client.is_healthy()
        except BackendError:
            if raise_exception:
                raise
            return False

    def diagnostics(self) -> bool:
        """Say what an administrator wants to know before the first start."""
        try:
            shares = self.client.list_resources()
        except BackendError as error:
            print(f"    {error}")  # noqa: T201 - what the command shows
            return False
        print(f"    shares on Acme: {len(shares)}")  # noqa: T201 - likewise
        return True

    def list_components(self) -> list[str]:
        """The components that Acme can limit: those of the settings."""
        return list(self.backend_components)

    def _pre_create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> None:
        """Acme needs nothing before a share is made."""

    def _collect_resource_limits(
        self, waldur_resource: WaldurResource
    ) -> tuple[dict[str, int], dict[str, int]]:
        """What was ordered, in Acme's units and in Waldur's."""
        ordered = {
            name: int(amount)
            for name, amount in (waldur_resource.limits or {}).items()
            if name in self.backend_components
        }
        return {self._name(name): self._to_acme(name, v) for name, v in ordered.items()}, ordered

    def set_resource_limits(self, resource_backend_id: str, limits: Mapping[str, float]) -> None:
        """Set limits that are given in Waldur's units."""
        self.client.set_resource_limits(
            resource_backend_id,
            {
                self._name(name): self._to_acme(name, amount)
                for name, amount in limits.items()
                if name in self.backend_components
            },
        )

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """Read limits in Waldur's units: the exact inverse, or Waldur's limits would drift."""
        native = self.client.get_resource_limits(resource_backend_id)
        return {
            name: int(native[self._name(name)] // self._factor(name))
            for name in self.backend_components
            if self._name(name) in native
        }

    def get_resource_status(self, resource_backend_id: str) -> ResourceStatus | None:
        """How a share stands, so that states are changed only where they differ."""
        state = self.client.get_state(resource_backend_id)
        return next((status for status, name in STATES.items() if name == state), None)

    def downscale_resource(self, resource_backend_id: str) -> bool:
        """Slow a share down."""
        return self._put(resource_backend_id, ResourceStatus.DOWNSCALED)

    def pause_resource(self, resource_backend_id: str) -> bool:
        """Freeze a share."""
        return self._put(resource_backend_id, ResourceStatus.PAUSED)

    def restore_resource(self, resource_backend_id: str) -> bool:
        """Let a share be used again."""
        return self._put(resource_backend_id, ResourceStatus.NORMAL)

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """What Waldur shows beside the resource."""
        return {"state": self.client.get_state(resource_backend_id)}

    def _get_usage_report(self, resource_backend_ids: list[str]) -> UsageReport:
        """What was used so far in this month, in the site's time zone."""
        now = get_current_time_in_timezone(self.timezone)
        return self.get_usage_report_for_period(resource_backend_ids, now.year, now.month)

    def get_usage_report_for_period(
        self,
        resource_backend_ids: list[str],
        year: int,
        month: int,
        waldur_resource: WaldurResource | None = None,
    ) -> UsageReport:
        """What was used in a month; a share that Acme's report does not name was idle."""
        del waldur_resource
        report = parse_usage(self.client.usage(year, month))
        return {
            share: self._usage(report[share]) for share in resource_backend_ids if share in report
        }

    def _usage(self, users: dict[str, dict[str, Decimal]]) -> ResourceUsage:
        """One share's usage by user, and in all: the sum of its users."""
        by_user = {
            user: {
                name: amounts.get(self._name(name), Decimal(0)) / self._factor(name)
                for name in self.backend_components
            }
            for user, amounts in users.items()
        }
        total = {
            name: sum((one[name] for one in by_user.values()), Decimal(0))
            for name in self.backend_components
        }
        everything = {TOTAL_ACCOUNT_USAGE: total, **by_user}
        return {
            user: {name: float(amount) for name, amount in amounts.items()}
            for user, amounts in everything.items()
        }

    def _put(self, resource_backend_id: str, status: ResourceStatus) -> bool:
        if self.get_resource_status(resource_backend_id) is not status:
            self.client.set_state(resource_backend_id, STATES[status])
        return True

    def _name(self, component: str) -> str:
        """What Acme calls a component."""
        return str(self.backend_components[component].get("acme_name") or component)

    def _factor(self, component: str) -> Decimal:
        """How many of Acme's units are one of Waldur's."""
        return Decimal(str(self.backend_components[component].get("unit_factor", 1)))

    def _to_acme(self, component: str, amount: float) -> int:
        return int(Decimal(str(amount)) * self._factor(component))
