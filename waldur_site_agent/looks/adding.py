"""From a hint to the key under which it waits, and how long it may be kept waiting (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.events.keys import Key, Kind
from waldur_site_agent.looks.policy_messages import gathered
from waldur_site_agent.work.entries import Addition, latest

if TYPE_CHECKING:
    from waldur_site_agent.events.keys import Hint
    from waldur_site_agent.work.entries import Ack

GRACE_SECONDS = {
    Kind.ORDER: 0.0,
    Kind.KEY_ROTATION: 0.0,
    Kind.SIGN_OF_LIFE: 0.0,
    Kind.REMOTE_ORDER: 0.0,
    Kind.REMOTE_RESOURCE: 10.0,
    Kind.REMOTE_NAMES: 60.0,
    Kind.USER: 10.0,
    Kind.RESOURCE: 10.0,
    Kind.PROJECT: 10.0,
    Kind.ACCOUNT: 10.0,
    Kind.PERIODIC_LIMITS: 10.0,
    Kind.USER_ATTRIBUTES: 60.0,
    Kind.IMPORT: 60.0,
    Kind.ORDERS: 60.0,
    Kind.OFFERING: 120.0,
    Kind.MEMBERS: 300.0,
    Kind.USAGE: 300.0,
}
"""Somebody waits for an order; nobody waits for a whole pass."""

ONLY_BY_MESSAGE = frozenset(
    {Kind.OFFERING, Kind.IMPORT, Kind.PERIODIC_LIMITS, Kind.USER_ATTRIBUTES}
)
"""What reconciliation would not come to by itself."""


@dataclass(frozen=True, slots=True)
class WorkKey:
    """What waits at most once, and is worked on at most once at a time.

    ``policy`` parts the settings of several policies for one resource: each waits for its verdict.
    """

    key: Key
    policy: str = ""


def addition(hint: Hint, *, ack: Ack | None = None) -> Addition[WorkKey]:
    """Make of a hint what the queue takes."""
    kind = hint.key.kind
    return Addition(
        key=WorkKey(hint.key, _policy(hint)),
        grace_seconds=GRACE_SECONDS[kind],
        payload=hint.payload,
        gather=gathered if kind is Kind.PERIODIC_LIMITS else latest,
        ack=ack,
        found_anyway=kind not in ONLY_BY_MESSAGE,
    )


def _policy(hint: Hint) -> str:
    if hint.key.kind is not Kind.PERIODIC_LIMITS:
        return ""
    return str(hint.payload.get("policy_uuid", ""))
