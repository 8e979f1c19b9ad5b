"""All mistakes are told at once, each with its place and what would be right."""

from __future__ import annotations

from typing import Any

TEN_MISTAKES = """\
log_levl: DEBUG
timezone: Europe/Talin
reporting_periods: 13
offerings:
  - name: HPC
    waldur_api_url: waldur.example.org/api/
    waldur_api_token: token-of-the-agent
    waldur_offering_uuid: d629d5e4-5567-425d-a9cd
    backend_type: slurm
    stomp_enabled: maybe
    backend_setings: {}
    backend_settings:
      backend_id_max_retries: 0
    backend_components:
      cpu:
        measured_unit: k-Hours
        accounting_type: limits
        label: 5
  - name: Cloud
    waldur_api_url: https://waldur.example.org/api/
    waldur_offering_uuid: d629d5e4-5567-425d-a9cd-bdc1af67b32c
    backend_type: cloud
"""

TEN_MESSAGES = """\
FILE:1: warning: log_levl: found an unknown key, which has no effect
    Did you mean "log_level"?
FILE:2: error: timezone: found "Europe/Talin"; \
expected the name of a time zone such as Europe/Tallinn
    Did you mean "Europe/Tallinn"?
FILE:3: error: reporting_periods: found 13; expected a number of at most 12
FILE:6: error: offering "HPC", waldur_api_url: found "waldur.example.org/api/"; \
expected a URL that begins with http:// or https://
FILE:8: warning: offering "HPC", waldur_offering_uuid: found "d629d5e4-5567-425d-a9cd"; \
expected a UUID: 32 hexadecimal digits, with or without dashes
    Waldur will not find the offering.
FILE:10: error: offering "HPC", stomp_enabled: found "maybe"; expected true or false
FILE:11: warning: offering "HPC", backend_setings: found an unknown key, which has no effect
    Did you mean "backend_settings"?
FILE:13: error: offering "HPC", backend_settings.backend_id_max_retries: found 0; \
expected a number of at least 1
FILE:17: error: offering "HPC", backend_components.cpu.accounting_type: found "limits"; \
expected 'usage', 'limit' or 'one'
    Did you mean "limit"?
FILE:18: error: offering "HPC", backend_components.cpu.label: found 5; expected text
    Put it in quotes, so that YAML takes it as text.
FILE:19: error: offering "Cloud": \
expected waldur_api_token, or oidc_token_url, oidc_client_id and oidc_client_secret"""


def test_every_mistake_is_told_with_its_line(site: Any) -> None:
    site.write(TEN_MISTAKES)

    told = "\n".join(str(problem) for problem in site.problems())

    assert told.replace(str(site.path), "FILE") == TEN_MESSAGES


def test_a_problem_as_json(site: Any) -> None:
    site.write_offerings({"stomp_ws_port": 0})

    (problem,) = site.problems()

    assert problem.to_json() == {
        "severity": "error",
        "file": str(site.path),
        "line": 7,
        "column": None,
        "offering": "HPC",
        "key": "stomp_ws_port",
        "found": "0",
        "expected": "a number of at least 1",
        "hint": "",
        "fails_check": True,
    }


def test_long_and_unprintable_values_are_shortened(site: Any) -> None:
    site.write_root(timezone="x\n" * 200)

    (problem,) = site.problems()

    assert problem.found == '"' + "x·" * 30 + '…"'
