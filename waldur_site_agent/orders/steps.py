"""The typed changes that an order's plan is made of.

Each says in ``str()`` what it would do, for dry runs and logs, and in ``reason`` why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.membership.roster import Roster


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change, or the decision to change nothing."""

    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Wait(Step):
    """Leave the order as it is until the next pass."""

    def __str__(self) -> str:
        """Say what this step does."""
        return "wait"


@dataclass(frozen=True, kw_only=True)
class Reject(Step):
    """Refuse the order on the provider's behalf."""

    def __str__(self) -> str:
        """Say what this step does."""
        return "reject the order"


@dataclass(frozen=True, kw_only=True)
class Approve(Step):
    """Accept the order on the provider's behalf, and go on only if Waldur says *executing*."""

    def __str__(self) -> str:
        """Say what this step does."""
        return "approve the order"


@dataclass(frozen=True, kw_only=True)
class ReserveBackendId(Step):
    """Write the chosen id to Waldur before the backend hears of it."""

    backend_id: str

    def __str__(self) -> str:
        """Say what this step does."""
        return f"reserve the id {self.backend_id!r} in Waldur"


@dataclass(frozen=True, kw_only=True)
class CreateOnBackend(Step):
    """Create the resource on the backend under this id."""

    backend_id: str

    def __str__(self) -> str:
        """Say what this step does."""
        return f"create {self.backend_id!r} on the backend"


@dataclass(frozen=True, kw_only=True)
class AdoptOnBackend(Step):
    """Complete a resource that the backend already has under an id that is ours."""

    backend_id: str

    def __str__(self) -> str:
        """Say what this step does."""
        return f"complete {self.backend_id!r}, which the backend already has"


@dataclass(frozen=True, kw_only=True)
class ReadBackId(Step):
    """Take over the effective id that a remote system gave to the resource."""

    def __str__(self) -> str:
        """Say what this step does."""
        return "read back the effective id"


@dataclass(frozen=True, kw_only=True)
class AddMembers(Step):
    """Put the team's members with usernames on the resource, in one call."""

    roster: Roster

    def __str__(self) -> str:
        """Say what this step does, with counts only: names are personal data."""
        later = f" ({self.roster.unnamed} have no username yet)" if self.roster.unnamed else ""
        return f"add {len(self.roster.members)} members{later}"


@dataclass(frozen=True, kw_only=True)
class ReportResource(Step):
    """Tell Waldur the limits, metadata and endpoints that came of creating, where they differ."""

    def __str__(self) -> str:
        """Say what this step does."""
        return "tell Waldur the limits, metadata and endpoints where they differ"


@dataclass(frozen=True, kw_only=True)
class ProvisionKeys(Step):
    """Mint the resource's API keys and report them."""

    def __str__(self) -> str:
        """Say what this step does."""
        return "provision API keys"


@dataclass(frozen=True, kw_only=True)
class SetLimits(Step):
    """Set limits, in Waldur units, on the backend."""

    limits: Mapping[str, float]
    recompute: bool = False
    """Prepaid resources: limits depend on the end date, so they are computed from the resource."""

    def __str__(self) -> str:
        """Say what this step does."""
        listed = ", ".join(f"{name}={value:g}" for name, value in sorted(self.limits.items()))
        return f"set limits {listed}"


@dataclass(frozen=True, kw_only=True)
class UpdateAttributes(Step):
    """Hand an update order's attributes to the backend."""

    attributes: Mapping[str, object]

    def __str__(self) -> str:
        """Say what this step does."""
        return f"update attributes {', '.join(sorted(self.attributes))}"


@dataclass(frozen=True, kw_only=True)
class DeleteOnBackend(Step):
    """Delete the resource on the backend (or retire it, where soft deletion is set)."""

    backend_id: str

    def __str__(self) -> str:
        """Say what this step does."""
        return f"delete {self.backend_id!r} on the backend"


@dataclass(frozen=True, kw_only=True)
class Complete(Step):
    """Mark the order as done."""

    def __str__(self) -> str:
        """Say what this step does."""
        return "mark the order as done"


@dataclass(frozen=True, kw_only=True)
class Fail(Step):
    """Mark the order as erred: the backend said a definite no."""

    def __str__(self) -> str:
        """Say what this step does."""
        return "mark the order as erred"
