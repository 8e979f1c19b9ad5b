"""A configuration file: what it says, and how to speak of its places."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waldur_site_agent.config.problems import ConfigurationError, Problem
from waldur_site_agent.config.secrets import redact, secret_leaves, sounds_secret, worth_redacting
from waldur_site_agent.config.yaml_source import YamlSource, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waldur_site_agent.config.findings import Finding, KeyPath

OFFERINGS = "offerings"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file as it was read.

    Attributes:
        file: as it was named.
        world_readable: whether everybody on the machine can read it.
        marked: paths that a plugin's schema marks as secret, whatever their names.
    """

    file: str
    yaml: YamlSource
    world_readable: bool
    marked: frozenset[KeyPath] = field(default=frozenset())

    @property
    def tree(self) -> Any:
        """Plain values as YAML gave them; secrets are resolved."""
        return self.yaml.tree

    @property
    def files(self) -> frozenset[Path]:
        """What has to be watched for a change: the file, and those in which its secrets are."""
        return frozenset({Path(self.file), *self.yaml.files})

    def with_marked(self, paths: Iterable[KeyPath]) -> Source:
        """Keep further paths secret."""
        return replace(self, marked=self.marked | frozenset(paths))

    def inline_secrets(self) -> list[KeyPath]:
        """Where secrets stand in the file itself."""
        return [path for path in secret_leaves(self.tree) if path not in self.yaml.sealed]

    def secret_values(self) -> frozenset[str]:
        """All secrets, wherever they came from."""
        paths = secret_paths(self.tree, self.marked | self.yaml.sealed) - self.yaml.unresolved
        return worth_redacting([value_at(self.tree, path) for path in paths])

    def is_secret(self, path: KeyPath) -> bool:
        """Whether what stands at a path must not be shown."""
        above = (path[: length + 1] for length in range(len(path)))
        return any(map(sounds_secret, path)) or any(
            one in self.yaml.sealed or one in self.marked for one in above
        )

    def tell(self, findings: Iterable[Finding]) -> list[Problem]:
        """Turn findings into problems: with file, line and offering, and without secrets."""
        secrets = self.secret_values()
        return [self._problem(_redacted(finding, secrets)) for finding in findings]

    def _problem(self, finding: Finding) -> Problem:
        offering, rest = self._offering_of(finding.path)
        return Problem(
            severity=finding.severity,
            file=self.file,
            line=finding.line or self.yaml.line_of(finding.path),
            column=finding.column,
            offering=offering,
            key=dotted(rest),
            found=finding.found,
            expected=finding.expected,
            hint=finding.hint,
            fails_check=finding.fails_check,
            spoils_offering=finding.spoils_offering,
        )

    def _offering_of(self, path: KeyPath) -> tuple[str | None, KeyPath]:
        """The offering that a path leads into, and the path inside it."""
        match path:
            case ("offerings", int() as position, *rest):
                return self._offering_name(position), tuple(rest)
            case _:
                return None, path

    def _offering_name(self, position: int) -> str:
        path = (OFFERINGS, position, "name")
        name = None if path in self.yaml.unresolved else value_at(self.tree, path)
        return str(name or "").strip() or f"number {position + 1}"


def read(path: str | Path) -> Source:
    """Read a file.

    Raises:
        ConfigurationError: it is not there, or cannot be read.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            content = stream.read()
            mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the path.
        reason = getattr(error, "strerror", None) or "no path at all"
        raise ConfigurationError(
            [
                Problem(
                    file=str(path),
                    found=f"no file that can be read ({reason})",
                    expected="the agent's configuration",
                    hint="Name it with -c FILE.",
                )
            ]
        ) from None
    return Source(
        file=str(path),
        yaml=parse(content, file.absolute().parent),
        world_readable=bool(mode & stat.S_IROTH),
    )


def value_at(tree: Any, path: KeyPath) -> Any:
    """What stands at a path, or None."""
    for key in path:
        try:
            tree = tree[key]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def secret_paths(tree: Any, marked: Iterable[KeyPath]) -> set[KeyPath]:
    """Where texts and numbers are secret: by the name of a key, or at and below given paths."""
    below = (
        leaf for path in marked for leaf in secret_leaves(value_at(tree, path), path, inside=True)
    )
    return {*secret_leaves(tree), *below}


def dotted(path: KeyPath) -> str:
    """Write a path as people do: ``backend_components.cpu.limit``, ``access_groups[0]``."""
    text = ""
    for key in path:
        position = isinstance(key, int) and not isinstance(key, bool)
        text += f"[{key}]" if position else f".{_AS_WRITTEN.get(key, key)}"
    return text.removeprefix(".")


_AS_WRITTEN: dict[object, str] = {None: "null", True: "true", False: "false"}


def _redacted(finding: Finding, secrets: frozenset[str]) -> Finding:
    return replace(
        finding,
        found=redact(finding.found, secrets),
        expected=redact(finding.expected, secrets),
        hint=redact(finding.hint, secrets),
    )
