"""Keys that nothing reads: the agent starts, says so, and ``config check`` fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from waldur_site_agent.config.problems import Problem


def only(problems: tuple[Problem, ...]) -> Problem:
    (problem,) = problems
    assert (problem.severity, problem.fails_check) == ("warning", True)
    return problem


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("log_levl", 'Did you mean "log_level"?'),
        ("Timezone", 'Did you mean "timezone"?'),
        ("waldur_api_token", "It belongs into an offering."),
        ("allocation_prefix", "It belongs into backend_settings."),
        ("xyzzy", ""),
    ],
)
def test_at_the_root(site: Any, key: str, hint: str) -> None:
    site.write_root(**{key: "x"})

    problem = only(site.warnings())

    assert (problem.key, problem.offering, problem.hint) == (key, None, hint)
    assert problem.found == "an unknown key, which has no effect"


@pytest.mark.parametrize(
    ("key", "gone"),
    [
        ("mqtt_enabled", "Events over MQTT are gone; stomp_enabled has events over STOMP."),
        ("websocket_use_mqtt", "Events over MQTT are gone; stomp_enabled has events over STOMP."),
        ("waldur_site_agent_mode", "The mode is given on the command line: -m MODE."),
    ],
)
def test_what_older_agents_had(site: Any, key: str, gone: str) -> None:
    site.write_root(**{key: True})
    at_the_root = only(site.warnings())
    site.write_offerings({key: True})
    in_the_offering = only(site.warnings())

    assert at_the_root.hint == in_the_offering.hint == gone
    assert at_the_root.found == "a key that older agents had"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("backend_setings", 'Did you mean "backend_settings"?'),
        ("order_procesing_backend", 'Did you mean "order_processing_backend"?'),
        ("soft_delete", "It belongs into backend_settings."),
        ("log_shipping", "It belongs to the root of the file, not into an offering."),
        ("xyzzy", ""),
    ],
)
def test_in_an_offering(site: Any, key: str, hint: str) -> None:
    site.write_offerings({key: "x"})

    problem = only(site.warnings())

    assert (problem.key, problem.offering, problem.hint) == (key, "HPC", hint)


def test_in_log_shipping(site: Any) -> None:
    site.write_root(log_shipping={"enable": True})

    problem = only(site.warnings())

    assert (problem.key, problem.hint) == ("log_shipping.enable", 'Did you mean "enabled"?')


def test_in_removal_limits(site: Any) -> None:
    site.write_offerings({"removal_limits": {"resource_numbers": 5}})

    problem = only(site.warnings())

    assert problem.key == "removal_limits.resource_numbers"
    assert problem.hint == 'Did you mean "resource_number"?'
