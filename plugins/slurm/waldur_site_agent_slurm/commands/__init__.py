"""The words of every Slurm command that the plugin runs. Pure: nothing is run here.

Names were checked by :mod:`waldur_site_agent_slurm.names`. Each is given as ``key=value``, so none
is taken for one of sacctmgr's own words. The cluster filter is part of each condition.
"""

from __future__ import annotations

from waldur_site_agent_slurm.commands.accounts import AccountCommands
from waldur_site_agent_slurm.commands.changes import (
    CLEARED,
    USAGE_RESET,
    description_change,
    fairshare_change,
    limits_change,
    parent_change,
    qos_changes,
    submit_change,
)
from waldur_site_agent_slurm.commands.jobs import JobCommands
from waldur_site_agent_slurm.commands.lines import MOST_NAMES
from waldur_site_agent_slurm.commands.qos import QosCommands
from waldur_site_agent_slurm.commands.reads import ReadCommands
from waldur_site_agent_slurm.commands.scripts import ScriptCommands, script_of
from waldur_site_agent_slurm.commands.users import Grant, UserCommands

__all__ = [
    "CLEARED",
    "MOST_NAMES",
    "USAGE_RESET",
    "Commands",
    "Grant",
    "description_change",
    "fairshare_change",
    "limits_change",
    "parent_change",
    "qos_changes",
    "script_of",
    "submit_change",
]


class Commands(
    ReadCommands, AccountCommands, UserCommands, ScriptCommands, QosCommands, JobCommands
):
    """Command lines for one cluster, by subject."""
