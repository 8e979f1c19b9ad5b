"""From a settings file to what a process works on; read at the start, and whenever it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.cli.wishes import CannotStartError
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.plugins.configured import load
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.groups import setting_of
from waldur_site_agent.plugins.loading import load_backend
from waldur_site_agent.runtime.changes import InForce
from waldur_site_agent.runtime.reloading import UnusableSettingsError
from waldur_site_agent.runtime.tasks import Assignment
from waldur_site_agent.waldur.call import hex_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from waldur_site_agent.cli.wishes import Wishes
    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.plugins.configured import Configured
    from waldur_site_agent.plugins.groups import Role
    from waldur_site_agent.runtime.tasks import Task

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a process does.

    Attributes:
        mode: what it is called.
        roles: those that it plays.
        tasks_of: what it does for an offering; nothing, where that is left to others.
        nothing_to_do: tells why no offering is left, where all could be used.
    """

    mode: str
    roles: Collection[Role]
    tasks_of: Callable[[Offering], tuple[Task, ...]]
    nothing_to_do: str


@dataclass(frozen=True, kw_only=True)
class SettingsFile:
    """The file, and for what it is read."""

    path: str
    scope: Scope
    wishes: Wishes

    def read(self) -> Configured:
        """Read the settings.

        Raises:
            ConfigurationError: the file cannot be used.
            CannotStartError: an offering that was asked for is not in it.
        """
        configured = load(self.path, roles=self.scope.roles)
        known = {offering.name for offering in configured.configuration.offerings}
        unknown = sorted(set(self.wishes.offerings) - known)
        if unknown:
            raise CannotStartError(f"{self.path} has no offering named {', '.join(unknown)}.")
        return configured

    def in_force(self, configured: Configured) -> InForce:
        """Say what the process works on. What is wrong with single offerings is told in the log.

        Raises:
            CannotStartError: there is nothing to work on.
        """
        _tell_problems(configured)
        assignments = {one.offering.name: one for one in self._assignments(configured)}
        if not assignments:
            raise CannotStartError(self._why_none_is_left(configured))
        return InForce(
            configuration=configured.configuration,
            assignments=assignments,
            unusable=_names_and_uuids(configured, assignments),
        )

    def read_anew(self) -> tuple[InForce, Iterable[Path]]:
        """Read the settings while the process runs; answers with the files, too.

        Raises:
            UnusableSettingsError: they cannot be used.
        """
        try:
            configured = self.read()
        except ConfigurationError as error:
            raise UnusableSettingsError(
                [str(problem) for problem in error.problems], files=error.files
            ) from None
        except CannotStartError as error:
            raise UnusableSettingsError([str(error)], files=()) from None
        files = configured.source.files
        try:
            return self.in_force(configured), files
        except CannotStartError as error:
            raise UnusableSettingsError([str(error)], files=files) from None

    def unusable(self, configured: Configured) -> frozenset[str]:
        """Offerings that this process was to work on, and cannot."""
        return frozenset(name for name in configured.unusable if self._is_wanted(name))

    def _is_wanted(self, name: str) -> bool:
        return not self.wishes.offerings or name in self.wishes.offerings

    def _assignments(self, configured: Configured) -> Iterator[Assignment]:
        for offering in configured.usable_offerings:
            if not self._is_wanted(offering.name):
                continue
            try:
                assignment = self._assignment(offering)
            except PluginError as error:
                logger.error("offering.unusable", offering=offering.name, why=str(error))  # noqa: TRY400 - a plugin's fault, told in full by the message
                continue
            if assignment.tasks:
                yield assignment

    def _assignment(self, offering: Offering) -> Assignment:
        tasks = self.scope.tasks_of(offering)
        roles = [task.role for task in tasks]
        plugins = {role: load_backend(str(getattr(offering, setting_of(role)))) for role in roles}
        return Assignment(offering=offering, tasks=tasks, plugins=plugins)

    def _why_none_is_left(self, configured: Configured) -> str:
        if self.unusable(configured):
            return "No offering is left to work on: mend what is told above."
        return f"No offering is left to work on: {self.scope.nothing_to_do}"


def _tell_problems(configured: Configured) -> None:
    for warning in configured.warnings:
        logger.warning("configuration.warning", problem=str(warning))
    for name, problems in configured.unusable.items():
        for problem in problems:
            logger.error("offering.unusable", offering=name, problem=str(problem))


def _names_and_uuids(
    configured: Configured, assignments: Mapping[str, Assignment]
) -> frozenset[str]:
    """Both of what cannot be used, as an offering may have got another name."""
    offerings = [
        one for one in configured.configuration.offerings if one.name in configured.unusable
    ]
    in_use = {hex_of(one.offering.waldur_offering_uuid) for one in assignments.values()}
    uuids = {_hex_if_any(one.waldur_offering_uuid) for one in offerings} - in_use
    return frozenset({*(one.name for one in offerings), *uuids})


def _hex_if_any(uuid: str) -> str:
    """A UUID as Waldur writes it; what is none, and makes its offering unusable, as it stands."""
    try:
        return hex_of(uuid)
    except ValueError:
        return uuid
