"""The modes in which a process can run: which offerings it works on, how often, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.config.periods import MEMBERSHIP_SYNC, ORDER_PROCESS, REPORT
from waldur_site_agent.plugins.groups import Role, setting_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.config.periods import Period


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One polling mode.

    Attributes:
        role: what it uses a backend for.
        period: how often it makes a pass.
        on_events: whether events do its work for an offering instead.
    """

    name: str
    role: Role
    period: Period
    on_events: Callable[[Offering], bool]

    def backend_of(self, offering: Offering) -> str:
        """The name of the offering's backend for this mode; blank switches the mode off."""
        return str(getattr(offering, setting_of(self.role)))

    def works_on(self, offering: Offering) -> bool:
        """Whether this mode, rather than events or nobody, does the work."""
        return bool(self.backend_of(offering)) and not self.on_events(offering)


def _members_on_events(offering: Offering) -> bool:
    """``stomp_membership_sync_enabled``, or unset, as ``stomp_enabled``."""
    own = offering.stomp_membership_sync_enabled
    return offering.stomp_enabled if own is None else own


MODES = {
    mode.name: mode
    for mode in (
        Mode(
            name="order_process",
            role=Role.ORDER_PROCESSING,
            period=ORDER_PROCESS,
            on_events=lambda offering: offering.stomp_enabled,
        ),
        Mode(
            name="membership_sync",
            role=Role.MEMBERSHIP_SYNC,
            period=MEMBERSHIP_SYNC,
            on_events=_members_on_events,
        ),
        Mode(
            name="report",
            role=Role.REPORTING,
            period=REPORT,
            on_events=lambda _offering: False,  # no event tells that something was used
        ),
    )
}
