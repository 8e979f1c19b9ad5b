"""Another Waldur as a backend, put together from the rooms of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import BackendRole
from waldur_site_agent.waldur.models.states import ResourceState
from waldur_site_agent_waldur.hooks.creation import CreationHooks
from waldur_site_agent_waldur.hooks.dates import DateHooks
from waldur_site_agent_waldur.hooks.events import EventHooks
from waldur_site_agent_waldur.hooks.inspection import InspectionHooks
from waldur_site_agent_waldur.hooks.limits import LimitHooks
from waldur_site_agent_waldur.hooks.members import MemberHooks
from waldur_site_agent_waldur.hooks.orders import OrderHooks
from waldur_site_agent_waldur.hooks.projects import ProjectHooks
from waldur_site_agent_waldur.hooks.reading import ReadingHooks
from waldur_site_agent_waldur.hooks.states import StateHooks
from waldur_site_agent_waldur.hooks.usage import UsageHooks
from waldur_site_agent_waldur.hooks.usernames import UsernameHooks

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["WaldurBackend"]


class WaldurBackend(
    CreationHooks,
    DateHooks,
    EventHooks,
    InspectionHooks,
    LimitHooks,
    MemberHooks,
    OrderHooks,
    ProjectHooks,
    ReadingHooks,
    StateHooks,
    UsageHooks,
    UsernameHooks,
):
    """Resources of one Waldur's offering, which are resources of another Waldur's.

    The hooks are grouped by subject under ``waldur_site_agent_waldur.hooks``; what they share, and
    the constructor, is in ``foundation``. They decide with the pure rooms of this package
    (``limit_rules``, ``end_dates``, ``role_rules``, …) and act through its
    :class:`~waldur_site_agent_waldur.target.Target`.
    """

    supported_roles = frozenset(BackendRole)
    supports_async_orders = True
    supports_cycle_preflight = True
    requires_source_project = True
    shared_project_membership = True
    handled_resource_states: Sequence[str] = [
        ResourceState.OK,
        ResourceState.ERRED,
        ResourceState.CREATING,
    ]
