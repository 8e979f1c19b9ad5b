"""One connection for each Mastermind and credential, whoever uses it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from waldur_site_agent.runtime.connections import Connections
from waldur_site_agent.waldur.connection import ConnectionSettings

HERE = ConnectionSettings(api_url="https://waldur.example.org/api/", token="t")
SAME = ConnectionSettings(api_url="https://waldur.example.org", token="t")
OTHERS = [replace(HERE, token="u"), replace(HERE, proxy="http://p:1"), replace(HERE, ca_bundle="x")]


class Gateway:
    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


@pytest.fixture
def made() -> list[Gateway]:
    return []


@pytest.fixture
def connections(made: list[Gateway]) -> Connections:
    def connect(_settings: ConnectionSettings) -> Gateway:
        made.append(Gateway())
        return made[-1]

    return Connections(connect)


def test_who_reaches_the_same_waldur_in_the_same_way_shares(connections: Connections) -> None:
    assert connections.take(HERE) is connections.take(SAME)


@pytest.mark.parametrize("other", OTHERS)
def test_another_way_or_credential_is_another_connection(
    connections: Connections, other: ConnectionSettings
) -> None:
    assert connections.take(HERE) is not connections.take(other)


def test_the_last_one_closes_it(connections: Connections, made: list[Gateway]) -> None:
    connections.take(HERE)
    connections.take(HERE)
    connections.give_back(HERE)
    assert made[0].is_open
    connections.give_back(HERE)
    assert not made[0].is_open
    assert connections.take(HERE) is made[1]


def test_threads_that_come_at_once_get_the_same(
    connections: Connections, made: list[Gateway]
) -> None:
    threads = [threading.Thread(target=connections.take, args=(HERE,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
