"""``waldur_site_healthz``: what a probe is told."""

from __future__ import annotations

import os
import time

import pytest

from waldur_site_agent_testkit.mastermind.faults import Status


def probe(stand: object, *words: str) -> object:
    return stand.run("waldur_site_healthz", "--config-file", str(stand.config_file), *words)


def beat(stand: object, *, seconds_ago: float = 0) -> None:
    stand.heartbeat.touch()
    moment = time.time() - seconds_ago
    os.utime(stand.heartbeat, (moment, moment))


def test_no_heartbeat_is_no_life(stand: object) -> None:
    ended = probe(stand, "--liveness-only")
    assert ended.code == 1
    assert str(stand.heartbeat) in ended.err


@pytest.mark.parametrize(
    ("age", "words", "code"),
    [
        (0, (), 0),
        (250, (), 0),
        (400, (), 1),
        (400, ("--max-age", "500"), 0),
        (100, ("--max-age", "60"), 1),
        (-100, (), 0),
    ],
)
def test_the_age_of_the_heartbeat_decides(
    stand: object, age: float, words: tuple[str, ...], code: int
) -> None:
    beat(stand, seconds_ago=age)
    assert probe(stand, "--liveness-only", *words).code == code


def test_liveness_needs_neither_a_configuration_nor_waldur(stand: object) -> None:
    beat(stand)
    stand.config_file.unlink()
    stand.server.stop()
    assert probe(stand, "--liveness-only").code == 0


def test_ready_when_waldur_takes_the_token(stand: object) -> None:
    beat(stand)
    ended = probe(stand)
    assert (ended.code, ended.said) == (0, "")
    assert stand.writes() == []


def test_one_offering_that_answers_is_enough(stand: object) -> None:
    beat(stand)
    other = stand.another("Other")
    wrong = stand.offering("Wrong", token="wrong", uuid=other.uuid)
    stand.configure(wrong, stand.offering("Right"))
    assert probe(stand).code == 0


def test_not_ready_with_a_token_that_is_not_taken(stand: object) -> None:
    beat(stand)
    stand.configure(stand.offering(token="0123456789abcdef"))
    ended = probe(stand)
    assert ended.code == 1
    assert "Offering Cluster" in ended.err
    assert "Check the token" in ended.err
    assert "0123456789abcdef" not in ended.said


def test_not_ready_while_waldur_is_broken(stand: object) -> None:
    beat(stand)
    stand.configure(stand.offering(), before="waldur_timeout_seconds: 1\n")
    stand.small.world.faults.add(match="users/me", action=Status(502), times=None)
    assert probe(stand).code == 1


def test_not_ready_without_a_configuration(stand: object) -> None:
    beat(stand)
    stand.config_file.unlink()
    ended = probe(stand)
    assert ended.code == 1
    assert "config.yaml" in ended.err


def test_a_running_agent_is_alive_and_ready(stand: object) -> None:
    stand.agent("--once")
    assert probe(stand).code == 0


def test_nonsense_for_an_age_is_a_usage_error(stand: object) -> None:
    assert probe(stand, "--max-age", "soon").code == 2
