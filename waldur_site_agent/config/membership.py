"""Settings of membership sync: how much one pass may remove, who is protected, who owns limits."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from waldur_site_agent.config.values import Settings


class LimitsOwner(StrEnum):
    """Which side is right where the limits of a resource differ."""

    BACKEND = "backend"
    WALDUR = "waldur"


class RemovalLimits(Settings):
    """The brakes: removals are held back when they exceed a number *and* a share.

    Counted is who is to go because Waldur does not name them. Removals that Waldur asks for
    outright (restricted users and resources, deleted accounts) are not.
    """

    resource_number: int = Field(
        default=5, ge=0, description="So many members of one resource may go in any case."
    )
    resource_share: float = Field(
        default=0.5, ge=0, le=1, description="More only up to this share of its members."
    )
    offering_number: int = Field(
        default=20, ge=0, description="So many members of an offering may go in any case."
    )
    offering_share: float = Field(
        default=0.25, ge=0, le=1, description="More only up to this share of all its members."
    )
