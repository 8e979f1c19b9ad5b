"""Sending errors and traces to the services that are configured, or saying why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from waldur_site_agent.config.models import AgentConfiguration

logger = structlog.get_logger(__name__)


def report_errors(configuration: AgentConfiguration, *, version: str, mode: str) -> None:
    """Begin with what is configured. A service that is not to be had keeps nobody from working."""
    if configuration.sentry_dsn:
        _to_sentry(configuration.sentry_dsn, version=version, mode=mode)
    if configuration.elastic_apm_server_url:
        _to_apm(configuration.elastic_apm_server_url, version=version, mode=mode)


def _to_sentry(dsn: str, *, version: str, mode: str) -> None:
    try:
        from waldur_site_agent.runtime import sentry  # noqa: PLC0415 - only who wants it pays
    except ImportError as error:
        _tell_missing("sentry_dsn", extra="sentry", error=error)
        return
    try:
        sentry.report_errors(dsn, version=version, mode=mode)
    except ValueError:
        # The library's words would quote the DSN, which holds a key.
        _tell_unused(
            "sentry_dsn", "it is no DSN of a Sentry project, such as https://KEY@HOST/NUMBER"
        )


def _to_apm(server_url: str, *, version: str, mode: str) -> None:
    try:
        from waldur_site_agent.runtime import apm  # noqa: PLC0415 - only who wants it pays
    except ImportError as error:
        _tell_missing("elastic_apm_server_url", extra="apm", error=error)
        return
    apm.report_to_apm(server_url, version=version, mode=mode)


def _tell_missing(setting: str, *, extra: str, error: ImportError) -> None:
    install = f'pip install "waldur-site-agent[{extra}]"'
    _tell_unused(setting, f"the library {error.name} is not installed: {install}")


def _tell_unused(setting: str, why: str) -> None:
    logger.warning(
        "error_reporting.off", setting=setting, why=why, consequence="errors are in the log only"
    )
