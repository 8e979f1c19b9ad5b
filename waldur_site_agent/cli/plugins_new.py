"""``waldur_site_agent plugins new``: a plugin of one's own, to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from waldur_site_agent.plugins.template import Names, TemplateError, make_plugin

CANNOT = 2


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder to make it in; the current one by default.",
)
@click.pass_context
def new(ctx: click.Context, /, *, name: str, into: Path) -> None:
    """Make a plugin for a system called NAME, as a distribution of its own.

    It works as it stands, for a storage service with a small REST interface, and its tests pass:
    change it step by step into what your system needs.
    """
    try:
        names = Names.of(name)
        folder = make_plugin(names, into)
    except TemplateError as error:
        click.echo(str(error), err=True)
        ctx.exit(CANNOT)
    click.echo(f"""Made {folder}. Next:

    cd {folder}
    pip install -e '.[test]'
    pytest

README.md tells what is where; docs/plugin-development-guide.md of the agent tells the rest.""")
