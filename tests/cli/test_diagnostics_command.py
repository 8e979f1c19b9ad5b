"""``waldur_site_diagnostics``: what an administrator asks before the first start."""

from __future__ import annotations

import pytest


def diagnose(stand: object, *words: str) -> object:
    return stand.run("waldur_site_diagnostics", "-c", str(stand.config_file), *words)


def test_all_is_well(stand: object) -> None:
    stand.order()
    ended = diagnose(stand)
    assert (ended.code, ended.err) == (0, "")
    assert stand.server.api_url in ended.out
    assert "known there as 'Example cluster'" in ended.out
    assert "orders that wait for the agent: 1" in ended.out
    assert "backend memory: fine" in ended.out


def test_nothing_is_written(stand: object) -> None:
    stand.order()
    diagnose(stand)
    assert stand.writes() == []


def test_the_modes_of_the_1x_agent_are_taken(stand: object) -> None:
    assert diagnose(stand, "-m", "membership_sync").code == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"token": "wrong"}, "Check the token of the offering"),
        ({"uuid": "f" * 32}, "It does not exist, or the token may not see it"),
        ({"url": "http://127.0.0.1:9/nowhere/"}, "no connection"),
        ({"plugin": "grumpy"}, "the licence of the cluster has run out"),
        ({"plugin": "broken"}, "a_library_that_is_not_there"),
        ({"plugin": "memroy"}, "memory"),
    ],
)
def test_what_is_wrong_is_told_and_the_exit_code_says_so(
    stand: object, changes: dict[str, str], message: str
) -> None:
    stand.configure(stand.offering(**changes), before="waldur_timeout_seconds: 1\n")
    ended = diagnose(stand)
    assert ended.code == 1
    assert message in ended.said


def test_one_that_is_wrong_keeps_no_other_from_being_looked_at(stand: object) -> None:
    other = stand.another("Other")
    wrong = stand.offering("Wrong", token="wrong", uuid=other.uuid)
    stand.configure(wrong, stand.offering("Right"))
    ended = diagnose(stand)
    assert ended.code == 1
    assert "backend memory: fine" in ended.out.partition("Offering Right")[2]


def test_another_cluster_than_waldur_means_is_an_error(stand: object) -> None:
    stand.small.offering.backend_id = "there"
    stand.configure(stand.offering(plugin="elsewhere"))
    ended = diagnose(stand)
    assert ended.code == 1
    assert "'there'" in ended.err
    assert "'here'" in ended.err


def test_an_offering_without_orders_is_none_of_its_business(stand: object) -> None:
    """Members and usage may be all that the agent does for an offering."""
    text = stand.offering().replace("order_processing_backend", "reporting_backend")
    stand.configure(text)
    ended = diagnose(stand)
    assert ended.code == 0
    assert "backend memory: fine" in ended.out


@pytest.mark.parametrize("text", [None, "offerings: ["])
def test_no_configuration_is_no_start(stand: object, text: str | None) -> None:
    stand.config_file.unlink()
    if text:
        stand.config_file.write_text(text)
    ended = diagnose(stand)
    assert ended.code == 2
    assert "config.yaml" in ended.err


def test_an_offering_for_which_nothing_is_done_is_told(stand: object) -> None:
    stand.configure(stand.offering().replace("    order_processing_backend: memory\n", ""))
    ended = diagnose(stand)
    assert ended.code == 1
    assert "names no backend" in ended.err


def test_warnings_about_the_settings_are_shown_and_fail_nothing(stand: object) -> None:
    stand.config_file.chmod(0o644)
    ended = diagnose(stand)
    assert ended.code == 0
    assert "chmod 600" in ended.err
