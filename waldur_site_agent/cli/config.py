"""``waldur_site_agent config``: check the settings, show them, describe them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waldur_site_agent.config.problems import Problem
    from waldur_site_agent.plugins.configured import Configured

DEFAULT_CONFIG_FILE = "waldur-site-agent-config.yaml"
FINE, PROBLEMS = 0, 1

config_file_option = click.option(
    "-c", "--config-file", default=DEFAULT_CONFIG_FILE, show_default=True, metavar="FILE"
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def config() -> None:
    """Check, show or describe the settings."""


@config.command()
@config_file_option
@json_option
@click.pass_context
def check(ctx: click.Context, /, *, config_file: str, as_json: bool) -> None:
    """Tell everything that is wrong with a configuration.

    All plugins that it names are loaded; nothing is asked of Waldur or a backend. The exit code is
    0 when all is well (advice may be printed), 1 when there are mistakes, unknown keys included.
    """
    from waldur_site_agent.config.problems import ConfigurationError  # noqa: PLC0415 - --help needs none of it
    from waldur_site_agent.plugins.configured import load  # noqa: PLC0415 - the same

    try:
        problems: Sequence[Problem] = load(config_file).problems
    except ConfigurationError as error:
        problems = error.problems
    if as_json:
        click.echo(json.dumps(_as_json(config_file, problems), indent=2))
    else:
        _print_problems(problems)
        click.echo(_count_line(config_file, problems))
    ctx.exit(PROBLEMS if _fails(problems) else FINE)


@config.command()
@config_file_option
@json_option
@click.pass_context
def show(ctx: click.Context, /, *, config_file: str, as_json: bool) -> None:
    """Print the settings as the agent and its plugins read them, defaults included.

    Secrets are hidden. Offerings that cannot be used are printed as they are written.
    """
    from waldur_site_agent.config.problems import ConfigurationError  # noqa: PLC0415 - --help needs none of it
    from waldur_site_agent.plugins.configured import load  # noqa: PLC0415 - the same

    try:
        configured = load(config_file)
    except ConfigurationError as error:
        _refuse(ctx, error.problems)
    _print_settings(configured, as_json=as_json)
    _print_problems(
        [problem for some in configured.unusable.values() for problem in some], err=True
    )
    ctx.exit(PROBLEMS if configured.unusable else FINE)


@config.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, with the installed plugins' settings in it.

    For editors. A plugin whose schema does not load is left out, and named on stderr.
    """
    from waldur_site_agent.plugins.schemas import configuration_schema  # noqa: PLC0415 - --help needs none of it

    described, errors = configuration_schema()
    for error in errors:
        click.echo(f"left out: {error}", err=True)
    click.echo(json.dumps(described, indent=2))


def _refuse(ctx: click.Context, problems: Sequence[Problem]) -> NoReturn:
    _print_problems(problems, err=True)
    ctx.exit(PROBLEMS)


def _print_problems(problems: Iterable[Problem], *, err: bool = False) -> None:
    """Group by offering; what is about none comes first."""
    groups: dict[str | None, list[Problem]] = {None: []}
    for problem in problems:
        groups.setdefault(problem.offering, []).append(problem)
    for offering, some in groups.items():
        if offering is not None:
            click.echo(f'Offering "{offering}":', err=err)
        for problem in some:
            click.echo(_coloured(problem), err=err)


def _coloured(problem: Problem) -> str:
    """Problems for people; colours vanish where nobody would see them."""
    first, *rest = problem.text(name_offering=False).split("\n")
    colour = "red" if problem.severity == "error" else "yellow"
    mark = f": {problem.severity}: "
    return "\n".join((first.replace(mark, click.style(mark, fg=colour), 1), *rest))


def _count_line(config_file: str, problems: Sequence[Problem]) -> str:
    if not problems:
        return f"{config_file}: all is well."
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    verdict = "" if _fails(problems) else "; usable as it is"
    return f"{config_file}: {_counted(errors, 'error')}, {_counted(warnings, 'warning')}{verdict}."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _fails(problems: Iterable[Problem]) -> bool:
    return any(problem.fails_check for problem in problems)


def _as_json(config_file: str, problems: Sequence[Problem]) -> dict[str, object]:
    return {
        "file": config_file,
        "ok": not _fails(problems),
        "errors": sum(problem.severity == "error" for problem in problems),
        "warnings": sum(problem.severity == "warning" for problem in problems),
        "problems": [problem.to_json() for problem in problems],
    }


def _print_settings(configured: Configured, *, as_json: bool) -> None:
    from waldur_site_agent.plugins.showing import shown  # noqa: PLC0415 - --help needs none of it

    settings = shown(configured)
    if as_json:
        click.echo(json.dumps(settings, indent=2))
        return
    import yaml  # noqa: PLC0415 - the same

    text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    from rich.console import Console  # noqa: PLC0415 - only for terminals
    from rich.syntax import Syntax  # noqa: PLC0415 - the same

    # As text that wraps softly: printed as it is, a long line would be cut at the window's edge.
    highlighted = Syntax("", "yaml", background_color="default").highlight(text)
    Console().print(highlighted, soft_wrap=True, end="")
