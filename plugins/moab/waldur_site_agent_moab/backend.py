"""MAM as a backend: what Waldur asks for, put together from the rooms of this package."""

from __future__ import annotations

from waldur_site_agent.backend.structures import BackendRole, ResourceStatus
from waldur_site_agent_moab.hooks.lifecycle import LifecycleHooks
from waldur_site_agent_moab.hooks.limits import LimitHooks
from waldur_site_agent_moab.hooks.members import MemberHooks
from waldur_site_agent_moab.hooks.reading import ReadingHooks
from waldur_site_agent_moab.hooks.states import StateHooks
from waldur_site_agent_moab.hooks.system import SystemHooks
from waldur_site_agent_moab.hooks.usage import UsageHooks

__all__ = ["MoabBackend"]


class MoabBackend(
    SystemHooks,
    LifecycleHooks,
    LimitHooks,
    MemberHooks,
    ReadingHooks,
    StateHooks,
    UsageHooks,
):
    """Accounts, deposits, members and charges in one Moab Accounting Manager.

    The hooks are grouped by subject under ``waldur_site_agent_moab.hooks``; what they share, and
    the constructor, is in ``foundation``. They decide with the pure rooms of this package
    (``deposits``, ``charges``, ``months``) and act through its
    :class:`~waldur_site_agent_moab.client.MoabClient`.
    """

    supported_roles = frozenset(BackendRole)
    unsupported_states = frozenset({ResourceStatus.PAUSED, ResourceStatus.DOWNSCALED})
    reserves_backend_ids = True
    wants_user_attributes = False
