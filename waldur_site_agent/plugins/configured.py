"""The configuration with everything that only the installed plugins can judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from waldur_site_agent.config.load import examine
from waldur_site_agent.config.partial import partial_offerings
from waldur_site_agent.config.problems import ConfigurationError, Problem, Severity, in_order
from waldur_site_agent.config.source import OFFERINGS
from waldur_site_agent.plugins.effective import effective_offering
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.plugins.marks import marked_in_offering
from waldur_site_agent.plugins.naming import named_plugins_findings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from waldur_site_agent.config.load import Examined
    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.config.source import Source


@dataclass(frozen=True, kw_only=True)
class Configured:
    """Settings, and which offerings can be worked on with them.

    Attributes:
        configuration: all offerings, in the order of the file. Those that are usable have their
            effective plugin settings: what was set, with the defaults of the plugin's schema.
        warnings: in the order of the file; also those about plugins.
        unusable: by offering name, why it cannot be worked on.
        usable_offerings: the others.
        source: the file.
    """

    configuration: AgentConfiguration
    warnings: tuple[Problem, ...]
    unusable: Mapping[str, tuple[Problem, ...]]
    usable_offerings: tuple[Offering, ...]
    source: Source

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything, in the order of the file."""
        return in_order([*self.warnings, *(p for some in self.unusable.values() for p in some)])


@dataclass(frozen=True, kw_only=True)
class _Judged:
    offering: Offering
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)


def load(
    path: str | Path, *, roles: Collection[Role] = tuple(Role), load_classes: bool = True
) -> Configured:
    """Read a configuration, and hold it against the installed plugins.

    Args:
        path: the YAML file.
        roles: those that this process plays. An offering is unusable when a backend for one of
            them is not there; for other roles that is a warning.
        load_classes: import the backends of these roles, so that a broken one is told now.
            Settings schemas are imported in any case.

    Raises:
        ConfigurationError: the core cannot use the file. The text lists all the mistakes, those
            about plugins too.
    """
    examined = examine(path)
    source, configuration = examined.source, examined.configuration
    judged = [
        _judge(offering, position, examined, roles=roles, load_classes=load_classes)
        for position, offering in partial_offerings(source.tree)
    ]
    if configuration is None or examined.errors:
        found = (p for one in judged for p in one.problems if not p.spoils_offering)
        raise ConfigurationError([*examined.problems, *found], files=source.files)
    offerings = tuple(one.offering for one in judged)
    harmless = [p for p in examined.problems if not p.spoils_offering]
    warnings = [p for one in judged for p in one.problems if p.severity is Severity.WARNING]
    return Configured(
        configuration=configuration.model_copy(update={"offerings": offerings}),
        warnings=in_order([*harmless, *warnings]),
        unusable=_by_name(judged),
        usable_offerings=tuple(one.offering for one in judged if not one.errors),
        source=source,
    )


def _judge(
    offering: Offering,
    position: int,
    examined: Examined,
    *,
    roles: Collection[Role],
    load_classes: bool,
) -> _Judged:
    path = (OFFERINGS, position)
    source = examined.source.with_marked((*path, *rest) for rest in marked_in_offering(offering))
    effective, findings = effective_offering(offering, source, path)
    findings += named_plugins_findings(offering, path, roles=roles, load_classes=load_classes)
    problems = [*_spoiling(examined.problems, offering), *source.tell(findings)]
    return _Judged(offering=effective, problems=in_order(problems))


def _spoiling(problems: Iterable[Problem], offering: Offering) -> list[Problem]:
    """What the core found: of no harm to the file, and the end of one offering."""
    about_it = (p for p in problems if p.spoils_offering and p.offering == offering.name)
    return [replace(problem, severity=Severity.ERROR) for problem in about_it]


def _by_name(judged: Iterable[_Judged]) -> Mapping[str, tuple[Problem, ...]]:
    unusable: dict[str, tuple[Problem, ...]] = {}
    for one in judged:
        if one.errors:
            name = one.offering.name
            unusable[name] = unusable.get(name, ()) + one.errors
    return MappingProxyType(unusable)
