"""Looking at what has come about, as another process of the agent would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from waldur_site_agent.backend.lookup import look_up
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import IMPORTS, LIMITS
from waldur_site_agent_testkit.conformance.staging.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.waldur.models import Resource


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What another process sees of a resource.

    Attributes:
        users: in the backend's form of their names.
        limits: of what can be ordered, in Waldur units; empty where limits cannot be read.
    """

    users: frozenset[str]
    limits: Mapping[str, float]


class Looking(Scene):
    """What the backend has."""

    def seen(self, resource: Resource) -> Seen:
        """What another process sees of a resource that has to be there."""
        with self.passing() as backend:
            info = look_up(backend, resource)
            if info is None:
                expect.fail(f"the backend does not have {resource.backend_id!r}")
            limits = self._limits_of(backend, resource)
        return Seen(users=frozenset(info.users), limits=limits)

    def _limits_of(self, backend: BaseBackend, resource: Resource) -> Mapping[str, float]:
        """The limits of what can be ordered; others are the backend's own business."""
        if not LIMITS.is_declared(backend):
            return {}
        limits = backend.get_resource_limits(resource.backend_id)
        return {name: amount for name, amount in limits.items() if name in self.limits}

    def is_there(self, resource: Resource) -> bool:
        """Whether another process sees a resource."""
        with self.passing() as backend:
            return look_up(backend, resource) is not None

    def users_of(self, resource: Resource) -> frozenset[str]:
        """Who is on a resource, in the backend's form of their names."""
        return self.seen(resource).users

    def tally(self) -> int | None:
        """How many resources the backend lists; None where it lists none."""
        with self.passing() as backend:
            return len(backend.list_resources()) if IMPORTS.is_declared(backend) else None

    @property
    def this_month(self) -> tuple[int, int]:
        """The current year and month."""
        now = datetime.now(UTC)
        return now.year, now.month

    @property
    def last_month(self) -> tuple[int, int]:
        """The year and month before."""
        before = datetime.now(UTC).replace(day=1) - timedelta(days=1)
        return before.year, before.month

    def used(self, amount: float) -> dict[str, float]:
        """So much of every component."""
        return dict.fromkeys(self.components, amount)
