"""What was seen of an order and its surroundings: the input of the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from waldur_site_agent.membership.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.waldur.models import Order, Resource


class Verdict(StrEnum):
    """What the plugin says of an order that waits for the provider."""

    ACCEPT = "accept"
    REJECT = "reject"
    PENDING = "pending"
    UNASKED = "unasked"
    """A dry run does not ask a plugin whose answer may have effects."""


class RemoteOrder(StrEnum):
    """How far an asynchronous backend is with an order."""

    NONE = "none"
    PENDING = "pending"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a resource is, or will be, on the backend."""

    backend_id: str
    exists: bool
    """The backend has it, and it is ours: the id stands in Waldur."""
    reserved: bool
    """The id stands in Waldur already, or is not ours to choose."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An order, its resource, and what else its plan depends on."""

    order: Order
    resource: Resource
    verdict: Verdict = Verdict.ACCEPT
    remote: RemoteOrder = RemoteOrder.NONE
    placement: Placement | None = None
    """For Create and Restore."""
    roster: Roster = field(default_factory=Roster)
    context: Mapping[str, object] = field(default_factory=dict)
    """The ``user_context`` for creating hooks."""
    new_limits: Mapping[str, float] | None = None
    """For Update, in Waldur units: the order's limits, or its new plan's quotas."""
    prepaid: bool = False
    takes_attributes: bool = False
    has_keys: bool = False
