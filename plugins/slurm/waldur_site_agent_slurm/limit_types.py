"""The kinds of limits that a policy may set on an account."""

from __future__ import annotations

from enum import StrEnum


class LimitType(StrEnum):
    """By sacctmgr's names."""

    GRP_TRES_MINS = "GrpTRESMins"
    """What all jobs of the account may use, in TRES-minutes."""
    MAX_TRES_MINS = "MaxTRESMins"
    """What each job may use, in TRES-minutes."""
    GRP_TRES = "GrpTRES"
    """What the account's jobs may hold at one time, in TRES."""
