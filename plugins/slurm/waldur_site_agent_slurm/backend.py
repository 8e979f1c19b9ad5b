"""Slurm as a backend: what Waldur asks for, put together from the rooms of this package."""

from __future__ import annotations

from waldur_site_agent.backend.structures import BackendRole
from waldur_site_agent_slurm.hooks.cluster import ClusterHooks
from waldur_site_agent_slurm.hooks.creation import CreationHooks
from waldur_site_agent_slurm.hooks.deletion import DeletionHooks
from waldur_site_agent_slurm.hooks.limits import LimitHooks
from waldur_site_agent_slurm.hooks.members import MemberHooks
from waldur_site_agent_slurm.hooks.policies import PolicyHooks
from waldur_site_agent_slurm.hooks.projects import ProjectHooks
from waldur_site_agent_slurm.hooks.reading import ReadingHooks
from waldur_site_agent_slurm.hooks.states import StateHooks
from waldur_site_agent_slurm.hooks.usage import UsageHooks

__all__ = ["SlurmBackend"]


class SlurmBackend(
    ClusterHooks,
    CreationHooks,
    DeletionHooks,
    LimitHooks,
    MemberHooks,
    PolicyHooks,
    ProjectHooks,
    ReadingHooks,
    StateHooks,
    UsageHooks,
):
    """Accounts, limits, members and states on one Slurm cluster.

    The hooks are grouped by subject under ``waldur_site_agent_slurm.hooks``; what they share, and
    the constructor, is in ``foundation``. They decide with the pure rooms of this package
    (``limits``, ``qos``, ``grants``, ``usage_rules``, …) and act through its
    :class:`~waldur_site_agent_slurm.client.SlurmClient`.
    """

    supported_roles = frozenset(BackendRole)
    supports_user_homedirs = True
    reserves_backend_ids = True
    wants_user_attributes = False
