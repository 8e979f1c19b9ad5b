"""What each kind of key means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.events.keys import Kind
from waldur_site_agent.looks import attributes, imports, members, orders, remote
from waldur_site_agent.looks.failures import OF_THE_SITE, settlement_of
from waldur_site_agent.looks.key_rotation import KeyRotation
from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.looks.periodic_limits import PeriodicLimits
from waldur_site_agent.looks.usage import UsageLook
from waldur_site_agent.sites.stopping import StoppedError
from waldur_site_agent.work.settlements import Again, Done, Ended, Interrupted, Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.looks.adding import WorkKey
    from waldur_site_agent.looks.desk import Desk
    from waldur_site_agent.work.entries import Entry

logger = structlog.get_logger(__name__)


class Looker:
    """Looks at an offering's keys, one after the other."""

    def __init__(self, desk: Desk, *, sign_of_life: Callable[[], None]) -> None:
        """Look at nothing yet.

        Args:
            desk: where looks are taken.
            sign_of_life: tells Waldur that the agent is at work.
        """
        self._desk = desk
        self._sign_of_life = sign_of_life
        self._rotation = KeyRotation(desk)
        self._periodic_limits = PeriodicLimits(desk)
        self._by_uuid: dict[Kind, Callable[[Desk, str], Outcome]] = {
            Kind.ORDER: orders.look_at_order,
            Kind.RESOURCE: members.look_at_resource,
            Kind.PROJECT: members.look_at_project,
            Kind.ACCOUNT: members.look_at_project,
            Kind.USER: members.look_at_user,
            Kind.USER_ATTRIBUTES: attributes.look_at_attributes,
            Kind.IMPORT: imports.look_at_import,
            Kind.REMOTE_ORDER: remote.look_at_remote_order,
            Kind.REMOTE_RESOURCE: remote.look_at_remote_resource,
        }
        self._at_all: dict[Kind, Callable[[Desk], Outcome]] = {
            Kind.ORDERS: orders.look_at_orders,
            Kind.MEMBERS: members.look_at_members,
            Kind.OFFERING: members.look_at_everything,
            Kind.USAGE: UsageLook().look,
            Kind.REMOTE_NAMES: remote.look_at_remote_names,
        }

    def look(self, entry: Entry[WorkKey]) -> Outcome:
        """Look at a key, and say what becomes of it. What a defect raises is the caller's."""
        key = entry.key.key
        bound = {"offering": self._desk.offering.name, "look": str(key.kind), "object": key.object}
        with structlog.contextvars.bound_contextvars(**bound):
            outcome = self._patient(key.kind, self._judged(entry))
            _tell(outcome)
        return outcome

    def _patient(self, kind: Kind, outcome: Outcome) -> Outcome:
        """A look at everything costs too much to be repeated every few seconds."""
        if kind not in self._at_all or not isinstance(outcome.settlement, Again):
            return outcome
        settlement = replace(outcome.settlement, at_least_seconds=self._desk.waiting_seconds)
        return replace(outcome, settlement=settlement)

    def _judged(self, entry: Entry[WorkKey]) -> Outcome:
        try:
            return self._looked(entry)
        except StoppedError:
            return Outcome(settlement=Interrupted())
        except OF_THE_SITE as error:
            names_object = entry.key.key.kind not in self._at_all
            settlement = settlement_of(error, names_object=names_object)
            return Outcome(settlement=settlement, left=not isinstance(settlement, Done))

    def _looked(self, entry: Entry[WorkKey]) -> Outcome:
        self._desk.check_stop()
        key = entry.key.key
        if key.kind in self._by_uuid:
            return self._by_uuid[key.kind](self._desk, key.object)
        if key.kind in self._at_all:
            return self._at_all[key.kind](self._desk)
        match key.kind:
            case Kind.KEY_ROTATION:
                return self._rotation.look(key.object, entry.payload)
            case Kind.PERIODIC_LIMITS:
                return self._periodic_limits.look(key.object, entry.key.policy, entry.payload)
            case _:
                self._sign_of_life()
                return Outcome(settlement=Done())


def _tell(outcome: Outcome) -> None:
    match outcome.settlement:
        case Again(why=why):
            logger.warning("look.failed", why=why, consequence="tried again")
        case Ended(why=why):
            logger.error("look.ended", why=why)
        case Later(why=why):
            logger.info("look.later", why=why)
