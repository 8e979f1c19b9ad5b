"""The commands of the 1.x agent that do one thing for every offering and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from waldur_site_agent.cli.main import MODES
from waldur_site_agent.cli.options import DEFAULT_CONFIG_FILE
from waldur_site_agent.plugins.groups import Role

if TYPE_CHECKING:
    from collections.abc import Callable


def _command(name: str, text: str, *roles: Role) -> click.Command:
    """Make a command.

    Args:
        name: of the function in ``waldur_site_agent.runtime.one_shots`` that does the work.
        text: for ``--help``.
        roles: whose backend does it, best first.
    """

    @click.command(name, help=text, context_settings={"help_option_names": ["-h", "--help"]})
    @click.option("-m", "--mode", type=click.Choice(MODES), default="order_process", hidden=True)
    @click.option("-c", "--config-file", default=DEFAULT_CONFIG_FILE, show_default=True)
    @click.option("--offering", "names", multiple=True, metavar="NAME", help="This one only.")
    @click.pass_context
    def command(
        ctx: click.Context, /, *, mode: str, config_file: str, names: tuple[str, ...]
    ) -> None:
        del mode
        from waldur_site_agent.cli.each_offering import work_on_each  # noqa: PLC0415 - --help needs none of it
        from waldur_site_agent.runtime import one_shots  # noqa: PLC0415 - the same

        work: Callable[..., str] = getattr(one_shots, name)
        ctx.exit(work_on_each(config_file, names, roles, work))

    return command


sync_offering_users = _command(
    "sync_offering_users",
    "Name the users of every offering whose policy leaves that to the provider.",
    Role.MEMBERSHIP_SYNC,
    Role.ORDER_PROCESSING,
    Role.REPORTING,
)
sync_resource_limits = _command(
    "sync_resource_limits",
    "Tell Waldur the limits of every resource where the backend's differ.",
    Role.MEMBERSHIP_SYNC,
    Role.ORDER_PROCESSING,
)
create_homedirs = _command(
    "create_homedirs",
    "Make the home directories of all users of every offering.",
    Role.ORDER_PROCESSING,
)
