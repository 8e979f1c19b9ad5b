"""From a file to settings, or to all that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from waldur_site_agent.config.core_settings import core_settings
from waldur_site_agent.config.expectations import findings_of
from waldur_site_agent.config.findings import Finding, describe
from waldur_site_agent.config.known_keys import unknown_keys
from waldur_site_agent.config.models import AgentConfiguration
from waldur_site_agent.config.problems import ConfigurationError, Problem, Severity, in_order
from waldur_site_agent.config.rules import broken_rules
from waldur_site_agent.config.source import OFFERINGS, Source, read, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """Settings that the core can use.

    Attributes:
        warnings: in the order of the file.
        source: the file, for telling problems that are found later.
    """

    configuration: AgentConfiguration
    warnings: tuple[Problem, ...]
    source: Source


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A file and all that is wrong with it; the configuration is None where it cannot be read."""

    source: Source
    configuration: AgentConfiguration | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that are no warnings."""
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)


def load(path: str | Path) -> Loaded:
    """Read and validate a configuration file.

    Plugins are not looked at: see ``waldur_site_agent.plugins.configured.load``.

    Raises:
        ConfigurationError: with all the mistakes, and the warnings beside them.
    """
    examined = examine(path)
    if examined.configuration is None or examined.errors:
        raise ConfigurationError(examined.problems, files=examined.source.files)
    return Loaded(
        configuration=examined.configuration,
        warnings=in_order(examined.problems),
        source=examined.source,
    )


def examine(path: str | Path) -> Examined:
    """Read a configuration file, and gather all that is wrong with it.

    Raises:
        ConfigurationError: there is no file to read.
    """
    source = read(path)
    configuration, findings = _judge(source)
    return Examined(
        source=source, configuration=configuration, problems=tuple(source.tell(findings))
    )


def _judge(source: Source) -> tuple[AgentConfiguration | None, list[Finding]]:
    findings = list(source.yaml.findings)
    if not isinstance(source.tree, dict):
        if not findings:
            findings.append(_no_mapping(source))
        return None, findings
    configuration = None
    try:
        configuration = AgentConfiguration.model_validate(source.tree)
    except ValidationError as error:
        findings += findings_of(error.errors(include_url=False), source, ())
    findings += _core_settings_findings(source)
    findings += broken_rules(source)
    findings += unknown_keys(source)
    return configuration, findings


def _no_mapping(source: Source) -> Finding:
    if source.tree is None:
        return Finding(found="an empty file", expected="the agent's settings")
    return Finding(found=_described(source.tree), expected="a mapping with the key offerings")


def _described(tree: object) -> str:
    """Describe what stands instead of settings; text is not shown, it may be a secret."""
    return "text" if isinstance(tree, str) else describe(tree)


def _core_settings_findings(source: Source) -> Iterator[Finding]:
    offerings = source.tree.get(OFFERINGS)
    for position in range(len(offerings) if isinstance(offerings, list) else 0):
        path = (OFFERINGS, position, "backend_settings")
        settings = value_at(source.tree, path)
        if isinstance(settings, dict):
            try:
                core_settings(settings)
            except ValidationError as error:
                yield from findings_of(error.errors(include_url=False), source, path)
