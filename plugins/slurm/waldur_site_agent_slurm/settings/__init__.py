"""The offering's ``backend_settings`` as the plugin's code uses them: typed, with every default.

Each block has a module of its own, and :mod:`offering` has the whole.
"""

from __future__ import annotations

from waldur_site_agent_slurm.settings.account_qos import AccountQos
from waldur_site_agent_slurm.settings.choices import DefaultAccountPolicy, MappedUsage, UsageTres
from waldur_site_agent_slurm.settings.offering import SlurmSettings
from waldur_site_agent_slurm.settings.periodic_limits import PeriodicLimits
from waldur_site_agent_slurm.settings.project_directory import LustreProjectQuota, ProjectDirectory

__all__ = [
    "AccountQos",
    "DefaultAccountPolicy",
    "LustreProjectQuota",
    "MappedUsage",
    "PeriodicLimits",
    "ProjectDirectory",
    "SlurmSettings",
    "UsageTres",
]
