"""How every process that is to run starts: options, settings, the log, and what it works on."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from waldur_site_agent.cli.assigning import SettingsFile
from waldur_site_agent.cli.modes import TAKERS
from waldur_site_agent.cli.wishes import CannotStartError
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.runtime import logs
from waldur_site_agent.runtime.connections import Connections
from waldur_site_agent.runtime.hang_up import HangUp
from waldur_site_agent.runtime.reloading import Reloading
from waldur_site_agent.runtime.stop import Stop
from waldur_site_agent.runtime.watched_files import WatchedFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.cli.assigning import Scope
    from waldur_site_agent.cli.wishes import Wishes
    from waldur_site_agent.runtime.changes import InForce

FINE, LEFT, CANNOT_START = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Start:
    """A process that has its settings, and has not begun.

    Attributes:
        wishes: of the command line.
        file: the settings' file.
        files: the watch over all files of which the settings were made.
        in_force: what was read.
        some_unusable: whether an offering cannot be worked on.
        stop: the wish to end, which signals bring.
        hang_up: the wish for new settings, which SIGHUP brings.
        connections: of the process.
    """

    wishes: Wishes
    file: SettingsFile
    files: WatchedFiles
    in_force: InForce
    some_unusable: bool
    stop: Stop
    hang_up: HangUp
    connections: Connections

    @property
    def mode(self) -> str:
        """What the process is called."""
        return self.file.scope.mode

    def reloading(self) -> Reloading:
        """What takes over new settings."""
        return Reloading(
            self.in_force, read=self.file.read_anew, files=self.files, hang_up=self.hang_up
        )


def start(
    scope: Callable[[], Scope], config_file: str, wishes: Wishes, work: Callable[[Start], int]
) -> int:
    """Start a process; answers with the exit code.

    Args:
        scope: tells what it does, once the options are checked; may raise ``ConfigurationError``.
        config_file: the settings.
        wishes: of the command line.
        work: does it; answers with the exit code.
    """
    try:
        begun = _started(scope(), config_file, wishes)
        code = work(begun)
    except (CannotStartError, ConfigurationError) as error:
        click.echo(str(error), err=True)
        return CANNOT_START
    is_one_pass = wishes.dry_run or wishes.once
    return code or (LEFT if is_one_pass and begun.some_unusable else FINE)


def _started(scope: Scope, config_file: str, wishes: Wishes) -> Start:
    _check_options(scope.mode, wishes)
    file = SettingsFile(path=config_file, scope=scope, wishes=wishes)
    stop, hang_up = _signals()
    configured = file.read()
    files = WatchedFiles(configured.source.files)
    # A dry run prints its plans on stdout; what is logged meanwhile must not stand between them.
    stream = sys.stderr if wishes.dry_run else None
    logs.configure(configured.configuration.log_level, stream=stream)
    return Start(
        wishes=wishes,
        file=file,
        files=files,
        in_force=file.in_force(configured),
        some_unusable=bool(file.unusable(configured)),
        stop=stop,
        hang_up=hang_up,
        connections=Connections(),
    )


def _signals() -> tuple[Stop, HangUp]:
    stop, hang_up = Stop(), HangUp()
    stop.listen()
    hang_up.listen()
    return stop, hang_up


def _check_options(mode: str, wishes: Wishes) -> None:
    """Insist that a mode takes all options that were given."""
    for option in sorted(wishes.of_some_modes):
        if mode not in TAKERS[option]:
            takers = " and ".join(f"-m {taker}" for taker in TAKERS[option])
            raise CannotStartError(f"{option} belongs to {takers}.")
