"""The MUP portal as a backend, put together from the rooms of this package."""

from __future__ import annotations

from waldur_site_agent.backend.structures import BackendRole
from waldur_site_agent_mup.hooks.deletion import DeletionHooks
from waldur_site_agent_mup.hooks.diagnosis import DiagnosisHooks
from waldur_site_agent_mup.hooks.limits import LimitHooks
from waldur_site_agent_mup.hooks.members import MemberHooks
from waldur_site_agent_mup.hooks.reading import ReadingHooks
from waldur_site_agent_mup.hooks.states import StateHooks
from waldur_site_agent_mup.hooks.usage import UsageHooks

__all__ = ["MupBackend"]


class MupBackend(
    DeletionHooks,
    DiagnosisHooks,
    LimitHooks,
    MemberHooks,
    ReadingHooks,
    StateHooks,
    UsageHooks,
):
    """Projects, allocations, members and usage on one MUP portal.

    The hooks are grouped by subject under ``waldur_site_agent_mup.hooks``; what they share, and
    the constructor, is in ``foundation``. They decide with the pure rooms of this package and act
    through ``portal`` by way of the pass's ``view``.
    """

    supported_roles = frozenset(BackendRole)
    reserves_backend_ids = False
    shared_project_membership = True
    requires_source_project = True
