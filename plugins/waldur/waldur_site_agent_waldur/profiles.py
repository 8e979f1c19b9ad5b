"""Handing people's profiles to the target's identity bridge."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_waldur.door import NotOnTargetError, RefusedByTargetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from waldur_site_agent.waldur.gateway import Waldur

BRIDGED = frozenset(
    {
        "first_name",
        "last_name",
        "email",
        "organization",
        "affiliations",
        "phone_number",
        "civil_number",
        "personal_title",
        "place_of_birth",
        "country_of_residence",
        "nationality",
        "nationalities",
        "organization_country",
        "organization_type",
        "eduperson_assurance",
        "identity_source",
        "gender",
        "birth_date",
    }
)
"""Fields of a profile that an identity bridge may take, by the names of both sides."""


def bridged(profile: Mapping[str, object]) -> dict[str, object]:
    """What of a profile goes over the bridge: what is known, and not empty."""
    values = ((name, _written(profile[name])) for name in sorted(BRIDGED & profile.keys()))
    return {name: value for name, value in values if value not in (None, "", [], {})}


class IdentityProfiles:
    """One source's profiles on the target."""

    def __init__(self, waldur: Waldur, source: str) -> None:
        """Ask nothing yet."""
        self._waldur = waldur
        self._source = source

    def push(self, cuid: str, profile: Mapping[str, object]) -> UUID:
        """Make a person's account on the target, or bring it up to date.

        A target that refuses the profile is asked anew which fields it takes: administrators
        change that while the agent runs.

        Raises:
            BackendError: the target refused.
            BackendUnavailableError: it could not be asked.
        """
        try:
            return self._push(cuid, profile)
        except RefusedByTargetError:
            if self.__dict__.pop("_allowed", None) is None:
                raise
        return self._push(cuid, profile)

    def remove(self, cuid: str) -> None:
        """Take back that the source knows a person; one whom the target does not know is fine.

        Raises:
            BackendError: the target refused.
            BackendUnavailableError: it could not be asked.
        """
        try:
            self._waldur.identity_bridge.remove(cuid, source=self._source)
        except NotOnTargetError:
            logger.debug("The target Waldur does not know somebody who left")

    def _push(self, cuid: str, profile: Mapping[str, object]) -> UUID:
        fields = bridged(profile)
        taken = {k: v for k, v in fields.items() if self._allowed is None or k in self._allowed}
        pushed = self._waldur.identity_bridge.push(cuid, source=self._source, attributes=taken)
        return pushed.uuid

    @cached_property
    def _allowed(self) -> frozenset[str] | None:
        """The fields that the target takes; None where it does not tell: all are sent."""
        try:
            return self._waldur.identity_bridge.allowed_fields()
        except BackendUnavailableError:
            raise
        except BackendError as error:
            logger.info("Which fields of profiles the target takes is not known: %s", error)
            return None


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
