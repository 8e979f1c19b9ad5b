"""``waldur_site_agent demo``: the testkit's demo, where it is installed."""

from __future__ import annotations

import importlib

import click


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--keep", is_flag=True, help="Leave Waldur and the cluster running, to play with.")
@click.pass_context
def demo(ctx: click.Context, /, *, keep: bool) -> None:
    """See orders become accounts: an in-process Waldur, an emulated Slurm, and the agent."""
    try:
        stage = importlib.import_module("waldur_site_agent_testkit.demo")
    except ImportError as error:
        missing = error.name or str(error)
        click.echo(
            f"The demo needs {missing}. Install it with: pip install 'waldur-site-agent[demo]'",
            err=True,
        )
        ctx.exit(2)
    ctx.exit(stage.run(keep=keep))
