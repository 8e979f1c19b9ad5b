"""Settings that are one of a few words."""

from __future__ import annotations

from enum import StrEnum


class DefaultAccountPolicy(StrEnum):
    """Which account becomes a new user's default."""

    COMMON = "common"
    """The one that ``default_account`` names."""
    INDIVIDUAL = "individual"
    """The account that the user is put on."""
    NONE = "none"
    """Slurm decides: the user's first one."""


class UsageTres(StrEnum):
    """What is counted as a job's usage."""

    ALLOCATED = "allocated"
    """What it held."""
    REQUESTED = "requested"
    """What it asked for, as the 1.x agent counted."""


class MappedUsage(StrEnum):
    """How the usage of a component's targets becomes the component's."""

    SUM = "sum"
    """Added up, as the 1.x agent does."""
    MAX = "max"
    """The target that the account used most counts, for all its users."""
    MEAN = "mean"
    """The mean of all targets."""
