"""What the 1.x agent's ``common`` package gave to plugins."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent import common
from waldur_site_agent.backend import component_mapping, configure_logger, logger, redaction
from waldur_site_agent.common import component_mapping as old_mapping
from waldur_site_agent.common import sentry
from waldur_site_agent.common.utils import get_client, load_configuration, server_url

if TYPE_CHECKING:
    from pathlib import Path


def test_names_are_the_very_ones_of_the_contract() -> None:
    assert old_mapping.ComponentMapper is component_mapping.ComponentMapper
    assert sentry.scrub_secret_query_params is redaction.scrub_secret_query_params


@pytest.mark.parametrize(
    ("variable", "constant"),
    [
        (f"WALDUR_SITE_AGENT_{mode}_PERIOD_MINUTES", f"WALDUR_SITE_AGENT_{mode}_PERIOD_MINUTES")
        for mode in ("ORDER_PROCESS", "REPORT", "MEMBERSHIP_SYNC", "RECONCILIATION")
    ],
)
def test_periods_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, constant: str
) -> None:
    monkeypatch.setenv(variable, "7.5")

    assert getattr(common, constant) == 7.5


def test_an_import_of_a_period_works() -> None:
    from waldur_site_agent.common import (  # noqa: PLC0415 - how plugins import it
        WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES,
    )

    assert WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES == 30


@pytest.mark.parametrize(
    ("api_url", "server"),
    [
        ("https://puhuri.csc.fi/api/", "https://puhuri.csc.fi"),
        ("https://puhuri.csc.fi/api", "https://puhuri.csc.fi"),
        ("https://waldur.example.jp/", "https://waldur.example.jp"),
        ("https://example.ai/waldur/api/", "https://example.ai/waldur"),
        ("https://api/api/", "https://api"),
    ],
)
def test_only_the_trailing_api_is_taken_off(api_url: str, server: str) -> None:
    assert server_url(api_url) == server


def test_makes_a_client_of_the_sdk() -> None:
    pytest.importorskip("waldur_api_client")
    client = get_client("https://puhuri.csc.fi/api/", "t0", "agent/2", verify_ssl=False)

    http = client.get_httpx_client()
    assert str(http.base_url) == "https://puhuri.csc.fi"
    assert http.headers["Authorization"] == "Token t0"
    assert http.headers["User-Agent"] == "agent/2"


def test_an_offering_is_the_configurations() -> None:
    from waldur_site_agent.common.structures import Offering  # noqa: PLC0415 - how plugins import it
    from waldur_site_agent.config.models import Offering as Original  # noqa: PLC0415 - likewise

    assert Offering is Original


CONFIGURATION = """
offerings:
  - name: Cluster
    waldur_api_url: https://waldur.example.org/api/
    waldur_api_token: t0
    waldur_offering_uuid: 0f8fad5bd9cb469fa16570867728950e
    backend_type: SLURM
"""


def test_a_configuration_is_read_into_offerings(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIGURATION)

    (offering,) = load_configuration(str(tmp_path / "config.yaml")).offerings

    assert (offering.name, offering.backend_type) == ("Cluster", "slurm")


def test_configure_logger_leaves_a_set_up_log_alone() -> None:
    before = list(logging.getLogger().handlers)

    assert configure_logger("DEBUG") is logger
    assert before
    assert logging.getLogger().handlers == before


def test_the_logger_takes_percent_style_arguments(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="waldur_site_agent.backend"):
        logger.info("made %s of %d", "one", 2)

    assert caplog.messages == ["made one of 2"]
