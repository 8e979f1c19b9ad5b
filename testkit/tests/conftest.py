"""A client that talks to the small world through the direct door."""

import os
from collections.abc import Callable, Iterator

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world
from waldur_site_agent_testkit.mastermind.server import MastermindServer


@pytest.fixture
def small() -> SmallWorld:
    return small_world()


@pytest.fixture
def client_of(small: SmallWorld) -> Iterator[Callable[[str], httpx2.Client]]:
    """Make clients of the small world, by their `Authorization` header."""
    opened: list[httpx2.Client] = []

    def make(authorization: str) -> httpx2.Client:
        headers = {"authorization": authorization} if authorization else {}
        client = httpx2.Client(
            transport=transport(small.world),
            base_url="http://mastermind.test/api/",
            headers=headers,
        )
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def api(small: SmallWorld, client_of: Callable[[str], httpx2.Client]) -> httpx2.Client:
    """Return a client with the agent's token."""
    return client_of(f"Token {small.token}")


@pytest.fixture(scope="session")
def contract() -> Iterator[httpx2.Client]:
    """Yield a client of a real server when the environment names one, else of our own."""
    url, token = os.environ.get("WALDUR_TESTKIT_URL"), os.environ.get("WALDUR_TESTKIT_TOKEN")
    if url and token:
        with _client(url, token) as client:
            yield client
        return
    own = small_world()
    own.world.add_resource(own.project, own.offering, "first", limits={"cpu": 1})
    own.world.order_create(own.project, own.offering, "second", limits={"cpu": 1})
    with MastermindServer(own.world) as server, _client(server.url, own.token) as client:
        yield client


def _client(url: str, token: str) -> httpx2.Client:
    return httpx2.Client(
        base_url=f"{url.rstrip('/')}/api/", headers={"authorization": f"Token {token}"}, timeout=30
    )
