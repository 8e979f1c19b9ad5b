"""What may change of an account or a user: the words after sacctmgr's ``set``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.names import account_name, free_text, qos_name, tres_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CLEARED = -1
"""The limit that clears a limit."""
USAGE_RESET = "RawUsage=0"
"""Sets usage to zero. Must stand alone: Slurm 22.05 silently leaves out what is beside it."""


def description_change(text: str, account: str) -> str:
    """Describe an account; one without a description is described by its name."""
    return f"description={free_text(text) or account_name(account)}"


def parent_change(parent: str) -> str:
    """Move an account under another."""
    return f"parent={account_name(parent)}"


def limits_change(limits: Mapping[str, int], *, kind: str = "GrpTRESMins") -> str:
    """Set TRES-minutes; what is not named stays as it is, and -1 clears."""
    return f"{kind}=" + ",".join(f"{tres_name(k)}={v}" for k, v in sorted(limits.items()))


def qos_changes(names: Iterable[str], default: str) -> tuple[str, str]:
    """Replace the QoS that an account may use. Slurm wants the default to be among them."""
    listed = ",".join(qos_name(name) for name in sorted(names))
    return f"QOS={listed}", f"DefaultQOS={qos_name(default)}"


def submit_change(limit: int) -> str:
    """Let at most so many jobs be in the queue; -1 lifts that."""
    return f"GrpSubmitJobs={limit}"


def fairshare_change(shares: int) -> str:
    """Give an account shares among its neighbours."""
    return f"Fairshare={shares}"
