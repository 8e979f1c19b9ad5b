"""Loading past months: opens the offering, and tells how it goes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import click

from waldur_site_agent.cli.usage_text import usage_lines
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.plugins.configured import load
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime import logs
from waldur_site_agent.runtime.agent import OF_THE_SITE
from waldur_site_agent.runtime.opened import opened_site
from waldur_site_agent.runtime.stop import Stop
from waldur_site_agent.sites.stopping import StoppedError
from waldur_site_agent.usage.dry_run import plan_pass
from waldur_site_agent.usage.history import keeps_history, load_history, rules_of_loading
from waldur_site_agent.usage.periods import Month, asked_months, months_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.plugins.configured import Configured
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.usage.plan import Rules
    from waldur_site_agent.usage.report import UsageReport

FINE, FAILED, INTERRUPTED = 0, 1, 130
PROBLEMS = {
    "held_back": "held back, as nothing was measured where Waldur has an amount or has several",
    "unmeasured": "not measured",
    "missing": "not on the backend",
    "refused": "refused by Waldur",
    "left": "not answered by Waldur",
}


@dataclass(frozen=True, kw_only=True)
class Loading:
    """What a person asks for; see the command's options. Months are ``(year, month)``."""

    first: tuple[int, int]
    last: tuple[int, int]
    token: str
    only: Sequence[str] = ()
    tells_users: bool = True
    staff_only: bool = True
    dry_run: bool = False
    reconcile: bool = False


class CannotLoadError(Exception):
    """Nothing can be loaded; the message says why and what to do."""


def load_usage(config_file: str, offering_uuid: str, wishes: Loading) -> int:
    """Load the months; answers with the exit code."""
    stop = Stop()
    stop.listen()
    try:
        configured = load(config_file, roles=(Role.REPORTING,))
        logs.configure(configured.configuration.log_level, stream=sys.stderr)
        offering = _offering(configured, offering_uuid)
        months = _months(configured, wishes)
        with opened_site(
            offering, configured.configuration, role=Role.REPORTING, token=wishes.token
        ) as site:
            _require_sense(site, wishes)
            return _work(site, months, wishes, stop.check)
    except StoppedError:
        click.echo("Interrupted. Run it again: what is in Waldur is not sent again.", err=True)
        return INTERRUPTED
    except (CannotLoadError, ConfigurationError, *OF_THE_SITE) as error:
        click.echo(str(error), err=True)
        return FAILED


def _offering(configured: Configured, written: str) -> Offering:
    wanted = _uuid(written)
    for offering in configured.usable_offerings:
        if _uuid(offering.waldur_offering_uuid) == wanted:
            if not offering.reporting_backend:
                raise CannotLoadError(f"The offering {offering.name} has no reporting_backend.")
            return offering
    problems = [str(one) for some in configured.unusable.values() for one in some]
    raise CannotLoadError(
        "\n".join([*problems, f"The settings have no usable offering with the UUID {written}."])
    )


def _uuid(written: str) -> UUID | str:
    try:
        return UUID(written)
    except ValueError:
        return written


def _months(configured: Configured, wishes: Loading) -> list[Month]:
    months = months_between(Month(*wishes.first), Month(*wishes.last))
    try:
        return asked_months(map(str, months), configured.configuration.timezone)
    except ValueError as error:
        raise CannotLoadError(f"--end-date: {error}.") from None


def _require_sense(site: Site, wishes: Loading) -> None:
    """Make sure that there is history, and that the user may write it.

    Raises:
        CannotLoadError: otherwise.
        WaldurError: Waldur did not tell who the user is.
    """
    if not keeps_history(site.backend):
        raise CannotLoadError(
            f"The backend {site.offering.reporting_backend} keeps no history of usage: "
            "there is nothing to load."
        )
    if wishes.staff_only and not site.waldur.server.current_user().is_staff:
        raise CannotLoadError(
            "The token's owner is not staff, and Waldur lets only staff write usage of past "
            "months. Use a staff user's token, or try with --no-staff-check."
        )


def _work(
    site: Site, months: Sequence[Month], wishes: Loading, check_stop: Callable[[], None]
) -> int:
    rules = rules_of_loading(reconcile=wishes.reconcile, tells_users=wishes.tells_users)
    if wishes.dry_run:
        for line in usage_lines(plan_pass(site, months=months, only=wishes.only, rules=rules)):
            click.echo(line)
        return FINE
    return _load(site, months, wishes.only, rules, check_stop)


def _load(
    site: Site,
    months: Sequence[Month],
    only: Sequence[str],
    rules: Rules,
    check_stop: Callable[[], None],
) -> int:
    failed = False
    loaded = load_history(site, months, only=only, rules=rules, check_stop=check_stop)
    with _progress(len(months)) as advance:
        for month, report in loaded:
            failed |= report.failed or bool(report.closed)
            advance(f"{month}: {_told(report)}")
    return FAILED if failed else FINE


def _told(report: UsageReport) -> str:
    counts = report.counts
    written = f"{counts['totals_sent']} totals and {counts['users_sent']} users' amounts written"
    told = [f"{counts['resources']} resources, {written}"]
    told += [f"{counts[name]} {words}" for name, words in PROBLEMS.items() if counts[name]]
    told += [f"FAILED: {why}" for why in report.closed.values()]
    if report.given_up:
        told.append(f"FAILED: {report.given_up}")
    return "; ".join(told)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """Tell each month's outcome; on a terminal, above a bar."""
    if not sys.stdout.isatty():
        yield click.echo
        return
    from rich.progress import Progress  # noqa: PLC0415 - only for terminals
    from rich.text import Text  # noqa: PLC0415 - the same

    with Progress() as bar:
        task = bar.add_task("months", total=total)

        def advance(line: str) -> None:
            bar.console.print(Text(line))
            bar.advance(task)

        yield advance
