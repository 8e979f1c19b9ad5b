"""What new settings change about a running process (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import hex_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.runtime.tasks import Assignment

OF_THE_WORK = frozenset(
    {
        "timezone",
        "global_proxy",
        "ca_bundle",
        "waldur_timeout_seconds",
        "reporting_periods",
        "api_key_final_report_days",
        "expose_backend_error_details",
    }
)
"""Root keys that are settings of every offering: where one changes, all begin anew."""
OF_THE_LOG = frozenset({"log_level", "log_shipping"})
"""Root keys that are applied without touching the work."""
OF_THE_START = frozenset({"sentry_dsn", "elastic_apm_server_url", "http_host", "http_port"})
"""Root keys that count from the next start only."""


@dataclass(frozen=True, kw_only=True)
class InForce:
    """Settings that a process works with.

    Attributes:
        configuration: of the agent.
        assignments: what it works on, by the offerings' names.
        unusable: the names and UUIDs of offerings that it should work on, and cannot.
    """

    configuration: AgentConfiguration
    assignments: Mapping[str, Assignment]
    unusable: Collection[str] = ()

    @property
    def offerings(self) -> list[Offering]:
        """What it works on."""
        return [one.offering for one in self.assignments.values()]


@dataclass(frozen=True, kw_only=True)
class Change:
    """How a process gets from its settings to new ones.

    Attributes:
        to: what is in force then. An offering that the new settings make unusable stays in it as
            it was.
        ended: names of offerings whose work ends, be it for good or to begin anew.
        begun: names of offerings whose work begins.
        held: names of offerings that go on only because the new settings cannot be used for them.
        log_level: whether it changes.
        log_shipping: whether it has to begin anew.
        needs_restart: root keys whose change counts from the next start only.
    """

    to: InForce
    ended: frozenset[str]
    begun: frozenset[str]
    held: frozenset[str]
    log_level: bool
    log_shipping: bool
    needs_restart: frozenset[str]

    @property
    def is_any(self) -> bool:
        """Whether anything changes."""
        others = (self.log_level, self.log_shipping, self.needs_restart, self.held)
        return bool(self.ended or self.begun or any(others))


def change_between(old: InForce, new: InForce) -> Change:
    """Compare settings; only offerings whose effective settings differ end or begin."""
    keys = _differing_keys(old.configuration, new.configuration)
    held = frozenset(name for name in old.assignments if _is_held(old.assignments[name], new))
    assignments = {**{name: old.assignments[name] for name in sorted(held)}, **new.assignments}
    same = frozenset() if keys & OF_THE_WORK else _same(old.assignments, new.assignments)
    ended = old.assignments.keys() - same - held
    begun = new.assignments.keys() - same
    return Change(
        to=InForce(configuration=new.configuration, assignments=assignments, unusable=new.unusable),
        ended=frozenset(ended),
        begun=frozenset(begun),
        held=held,
        log_level="log_level" in keys,
        log_shipping="log_shipping" in keys or bool(ended or begun),
        needs_restart=frozenset(keys & OF_THE_START),
    )


def _differing_keys(old: AgentConfiguration, new: AgentConfiguration) -> frozenset[str]:
    known = OF_THE_WORK | OF_THE_LOG | OF_THE_START
    return frozenset(key for key in known if getattr(old, key) != getattr(new, key))


def _is_held(assignment: Assignment, new: InForce) -> bool:
    """Whether an offering is still wanted, be it under another name, and cannot be used anew."""
    offering = assignment.offering
    if offering.name in new.assignments:
        return False
    return offering.name in new.unusable or hex_of(offering.waldur_offering_uuid) in new.unusable


def _same(old: Mapping[str, Assignment], new: Mapping[str, Assignment]) -> frozenset[str]:
    return frozenset(name for name in old.keys() & new.keys() if old[name] == new[name])
