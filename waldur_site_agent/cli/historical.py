"""``waldur_site_load_historical_usage``: write the usage of past months into Waldur."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

DAY = click.DateTime(formats=["%Y-%m-%d"])
LONGEST_DAYS = 1825
TOKEN_VARIABLE = "WALDUR_SITE_AGENT_USER_TOKEN"  # noqa: S105 - the name of a variable
WAYS = f"--user-token-file FILE, the variable {TOKEN_VARIABLE}, or -t TOKEN"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-c", "--config", "config_file", required=True, help="The agent's settings.")
@click.option("-o", "--offering-uuid", required=True, help="As in the settings.")
@click.option("-t", "--user-token", envvar=TOKEN_VARIABLE, help="Others can see it here.")
@click.option("--user-token-file", type=click.Path(dir_okay=False), help="Holds a user's token.")
@click.option("-s", "--start-date", type=DAY, required=True, help="In the first month.")
@click.option("-e", "--end-date", type=DAY, required=True, help="In the last month.")
@click.option("--skip-user-usage", is_flag=True, help="Write totals only.")
@click.option("--no-staff-check", is_flag=True, help="Try, even if the user is no staff.")
@click.option("--dry-run", is_flag=True, help="Print what would be written; write nothing.")
@click.option(
    "--reconcile-stale",
    is_flag=True,
    help="Set to zero what Waldur has and the backend does not know of.",
)
@click.option(
    "--resource-backend-id",
    "resources",
    multiple=True,
    metavar="ID",
    help="Only this (repeatable).",
)
@click.pass_context
def main(
    ctx: click.Context,
    /,
    *,
    config_file: str,
    offering_uuid: str,
    user_token: str | None,
    user_token_file: str | None,
    start_date: datetime,
    end_date: datetime,
    skip_user_usage: bool,
    no_staff_check: bool,
    dry_run: bool,
    reconcile_stale: bool,
    resources: tuple[str, ...],
) -> None:
    """Write the usage of past months into Waldur: what is measured, up or down.

    A token of a user with the right to change past months (staff) is needed. What Waldur has
    already is not sent again, so an interrupted run is simply repeated.

    The exit code is 0 when all is in Waldur, 1 when something was not loaded or cannot be started,
    130 when it was interrupted.
    """
    from waldur_site_agent.cli.loading import Loading, load_usage  # noqa: PLC0415 - --help needs none of it

    if end_date < start_date:
        raise click.BadParameter("it is before the start", param_hint="--end-date")
    if (end_date - start_date).days > LONGEST_DAYS:
        raise click.BadParameter(
            f"more than {LONGEST_DAYS} days after the start", param_hint="--end-date"
        )
    wishes = Loading(
        first=(start_date.year, start_date.month),
        last=(end_date.year, end_date.month),
        token=_token(user_token, user_token_file),
        only=resources,
        tells_users=not skip_user_usage,
        staff_only=not no_staff_check,
        dry_run=dry_run,
        reconcile=reconcile_stale,
    )
    ctx.exit(load_usage(config_file, offering_uuid, wishes))


def _token(given: str | None, file: str | None) -> str:
    """The user's token, from wherever it is kept."""
    if file is not None:
        try:
            with click.open_file(file) as opened:
                given = opened.read().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(
                f"it cannot be read ({error})", param_hint="--user-token-file"
            ) from None
    if not given or not given.strip():
        raise click.UsageError(f"A user's token is needed: {WAYS}.")
    return given.strip()
