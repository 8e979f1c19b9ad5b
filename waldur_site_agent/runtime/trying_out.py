"""Trying a backend's reading hooks against its system, one after the other. Nothing is changed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.in_hand import having
from waldur_site_agent.backend.lookup import look_up_many
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.plugins.roles import roles_of
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from waldur_site_agent.backend.structures import BackendResourceInfo
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

    Attempt = Callable[[], str]
    """Asks, and says what was answered; raises what the plugin raises, or Skipped."""

FEW = 5
"""As many of an offering's resources are looked at."""


class Skipped(Exception):  # noqa: N818 - no error: there is nothing to try
    """There is nothing to try, and why."""


class Outcome(StrEnum):
    """What came of a step."""

    FINE = "fine"
    SKIPPED = "skipped"
    FAILED = "FAILED"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One step.

    Attributes:
        step: what was tried.
        outcome: what came of it.
        said: the answer in short, or why there is none.
        seconds: how long it took.
    """

    step: str
    outcome: Outcome
    said: str
    seconds: float


def try_out(site: Site, resources: Sequence[Resource]) -> Iterator[Finding]:
    """Go through the hooks that only read.

    Args:
        site: an offering at work with the backend.
        resources: the offering's in Waldur; the first few that the backend should have are read.

    Yields:
        A finding after each step, as soon as it is there. Once the backend does not answer its
        ping, nothing more is asked.
    """
    trial = _Trial(site, [one for one in resources if one.backend_id][:FEW])
    ping = _tried("ping", trial.ping)
    yield ping
    if ping.outcome is Outcome.FINE:
        for step, attempt in trial.steps().items():
            yield _tried(step, attempt)


def _tried(step: str, attempt: Attempt) -> Finding:
    begun = time.perf_counter()
    try:
        outcome, said = Outcome.FINE, attempt()
    except Skipped as skipped:
        outcome, said = Outcome.SKIPPED, str(skipped)
    except (BackendError, WaldurError, OSError) as error:
        outcome, said = Outcome.FAILED, scrub_secrets(str(error)) or type(error).__name__
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's defect is a finding like any other
        outcome, said = Outcome.FAILED, f"a defect: {scrub_secrets(repr(error))}"
    return Finding(step=step, outcome=outcome, said=said, seconds=time.perf_counter() - begun)


class _Trial:
    """What is read of one offering, and kept for the steps that follow."""

    def __init__(self, site: Site, resources: Sequence[Resource]) -> None:
        self._site = site
        self._backend = site.backend
        self._resources = resources
        self._there: Mapping[str, BackendResourceInfo] | None = None

    def ping(self) -> str:
        if not self._backend.ping():
            raise BackendError("the system does not answer")
        return "the system answers"

    def steps(self) -> Mapping[str, Attempt]:
        return {
            "components": self._components,
            "all resources": self._all,
            "resources of Waldur": self._pull,
            "members": self._members,
            "limits": self._limits,
            "states": self._states,
            "metadata": self._metadata,
            "this month's usage": self._usage,
        }

    def _components(self) -> str:
        known = self._backend.list_components()
        odd = sorted(set(self._backend.backend_components) - set(known))
        if odd:
            raise BackendError(
                f"the settings have {_listed(odd)}, the backend only {_listed(known)}"
            )
        return _listed(known) or "none"

    def _all(self) -> str:
        return f"{len(self._backend.list_resources())} on the backend"

    def _pull(self) -> str:
        if not self._resources:
            raise Skipped("Waldur has none with an id on the backend")
        if self._backend.skip_resource_team_diff:
            raise Skipped("the plugin may bring its system in line while it is read")
        found = look_up_many(self._backend, self._resources)
        self._there = found.there
        if found.unknown:
            raise BackendError("; ".join(sorted(found.unknown.values())))
        missing = [one.backend_id for one in self._resources if one.backend_id not in found.there]
        if missing:
            raise BackendError(f"the backend does not have {_listed(missing)}")
        return f"{len(found.there)} of {len(self._resources)} are there"

    def _read(self) -> Sequence[Resource]:
        """Those that are there."""
        read = [one for one in self._resources if one.backend_id in (self._there or {})]
        if not read:
            raise Skipped("no resource was read")
        return read

    def _members(self) -> str:
        there = {one.backend_id: (self._there or {})[one.backend_id] for one in self._read()}
        return ", ".join(f"{name}: {len(info.users)}" for name, info in there.items())

    def _limits(self) -> str:
        return "; ".join(self._limits_of(one) for one in self._read())

    def _limits_of(self, resource: Resource) -> str:
        current = self._backend.get_resource_limits(resource.backend_id)
        ordered = resource.limits
        differing = [name for name in current if name in ordered and current[name] != ordered[name]]
        against = [f"{name}={current[name]} (Waldur: {ordered[name]:g})" for name in differing]
        return f"{resource.backend_id}: " + (_listed(against) or "as in Waldur")

    def _states(self) -> str:
        status = {one.backend_id: self._status_of(one) for one in self._read()}
        return ", ".join(f"{name}: {state}" for name, state in status.items())

    def _status_of(self, resource: Resource) -> str:
        status = self._backend.get_resource_status(resource.backend_id)
        return str(status) if status is not None else "the backend cannot tell"

    def _metadata(self) -> str:
        kept = {
            one.backend_id: self._backend.get_resource_metadata(one.backend_id)
            for one in self._read()
        }
        return ", ".join(
            f"{name}: {_listed(sorted(data)) or 'none'}" for name, data in kept.items()
        )

    def _usage(self) -> str:
        if Role.REPORTING not in roles_of(type(self._backend)).roles:
            raise Skipped("the backend is not for reporting")
        resources = self._read()
        ids = [one.backend_id for one in resources]
        now = get_current_time_in_timezone(self._backend.timezone)
        with having(resources):
            measured = self._backend.measure_usage(ids, now.year, now.month)
        if measured.unmeasured:
            why = "; ".join(f"{one}: {why}" for one, why in measured.unmeasured.items())
            raise BackendError(f"not measured: {why}")
        return f"{len(measured.report)} of {len(ids)} used something"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
