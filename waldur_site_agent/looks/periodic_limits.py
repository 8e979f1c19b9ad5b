"""Looks at settings that a policy sent for a resource: applied, and a verdict given, always."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.sites.failures import Meaning, meaning_of, words_for_waldur
from waldur_site_agent.sites.reads import RARELY_CHANGING
from waldur_site_agent.waldur.errors import NotFoundError, RefusedError
from waldur_site_agent.work.settlements import Again, Done, Ended, Settlement

if TYPE_CHECKING:
    from waldur_site_agent.looks.desk import Desk
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.work.entries import Payload

logger = structlog.get_logger(__name__)

NO_ID = "The resource has no id on the backend."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a policy's settings.

    Attributes:
        is_final: trying again would not change it.
    """

    success: bool
    error: str = ""
    commands: tuple[str, ...] = ()
    is_final: bool = True


class PeriodicLimits:
    """An offering's periodic settings.

    What was applied and not yet reported is not applied again: settings may set usage to zero.
    """

    def __init__(self, desk: Desk) -> None:
        """Nothing was applied yet."""
        self._desk = desk
        self._unreported: dict[tuple[str, str], tuple[Payload, Verdict]] = {}
        self._told_failing: set[tuple[str, str]] = set()

    def look(self, resource_uuid: str, policy_uuid: str, payload: Payload) -> Outcome:
        """Apply settings, and report what came of it.

        An outage is reported once, and the settings are tried again.

        Args:
            resource_uuid: what the settings are for.
            policy_uuid: who waits for the verdict.
            payload: the message; ``settings`` are nowhere else.

        Raises:
            WaldurError: Waldur did not answer.
        """
        case = (resource_uuid, policy_uuid)
        known, verdict = self._unreported.get(case, (None, None))
        if verdict is None or known != payload:
            verdict = self._verdict(resource_uuid, payload)
        if verdict.is_final:
            self._unreported[case] = (payload, verdict)
        settlement = self._report(case, verdict)
        return Outcome(settlement=settlement)

    def _verdict(self, resource_uuid: str, payload: Payload) -> Verdict:
        try:
            backend_id = self._desk.waldur.resources.get(resource_uuid).backend_id.strip()
        except NotFoundError as error:
            return Verdict(success=False, error=str(error))
        if not backend_id:
            return Verdict(success=False, error=NO_ID)
        role = Role.MEMBERSHIP_SYNC
        role = role if role in self._desk.roles else Role.ORDER_PROCESSING
        with self._desk.site(role, keep=RARELY_CHANGING) as site:
            return _applied(site, backend_id, payload)

    def _report(self, case: tuple[str, str], verdict: Verdict) -> Settlement:
        """Tell the policy; of an outage, only once until it is over."""
        if verdict.is_final or case not in self._told_failing:
            settlement = self._tell(case, verdict)
            if isinstance(settlement, Ended):
                return settlement
        if verdict.is_final:
            self._told_failing.discard(case)
            return Done()
        self._told_failing.add(case)
        return Again(verdict.error)

    def _tell(self, case: tuple[str, str], verdict: Verdict) -> Settlement:
        resource, policy = case
        try:
            self._desk.waldur.policies.report_command_result(
                policy,
                resource_uuid=resource,
                success=verdict.success,
                error_message=verdict.error,
                commands_executed=verdict.commands,
            )
        except RefusedError as error:
            logger.error("periodic_limits.not_reported", policy=policy, error=str(error))  # noqa: TRY400 - a refusal, told in full by its message
            settlement: Settlement = Ended(str(error))
        else:
            settlement = Done()
        self._unreported.pop(case, None)
        logger.info("periodic_limits.applied", success=verdict.success)
        return settlement


def _applied(site: Site, backend_id: str, payload: Payload) -> Verdict:
    settings = payload.get("settings")
    if not isinstance(settings, Mapping):
        return Verdict(success=False, error="The message brought no settings.")
    try:
        answer = site.backend.apply_periodic_settings(backend_id, _with_time(settings, payload))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the policy is told
        return _failure(site, error)
    return _as_verdict(answer)


def _with_time(settings: Mapping[str, object], payload: Payload) -> dict[str, object]:
    """Settings with the message's own time, by which a backend knows one that comes again."""
    moment = payload.get("timestamp")
    return {**({"timestamp": moment} if moment else {}), **settings}


def _failure(site: Site, error: Exception) -> Verdict:
    logger.warning("periodic_limits.failed", error=str(error) or type(error).__name__)
    is_final = meaning_of(error, site.backend) is Meaning.REFUSAL
    words = words_for_waldur(error, expose=site.expose_error_details)
    return Verdict(success=False, error=words.message, is_final=is_final)


def _as_verdict(answer: object) -> Verdict:
    if not isinstance(answer, Mapping):
        return Verdict(success=False, error="The backend did not say what came of it.")
    success = answer.get("success") is True
    said = answer.get("error") or answer.get("reason") or ""
    error = "" if success else scrub_secrets(str(said)) or "The backend gave no reason."
    commands = tuple(scrub_secrets(str(one)) for one in answer.get("commands_executed") or ())
    return Verdict(success=success, error=error, commands=commands)
