"""What Acme has, what it refuses, and what could not be asked are three things."""

import pytest
from portal import Portal

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_acme.backend import AcmeBackend
from waldur_site_agent_acme.client import AcmeClient


@pytest.fixture
def client(backend: AcmeBackend) -> AcmeClient:
    """The backend's client, with one share there."""
    backend.client.create_resource("data", "Data of Ada", "project-1")
    return backend.client


def test_a_share_that_is_there(client: AcmeClient) -> None:
    share = client.get_resource("data")
    assert share is not None
    assert (share.name, share.description, share.organization) == (
        "data",
        "Data of Ada",
        "project-1",
    )


def test_one_that_is_not(client: AcmeClient) -> None:
    assert client.get_resource("other") is None
    with pytest.raises(BackendError, match="no share 'other'"):
        client.get_resource_limits("other")


def test_a_refusal_has_acmes_words(client: AcmeClient) -> None:
    with pytest.raises(BackendError, match="there is a share data"):
        client.create_resource("data", "", "")


def test_what_could_not_be_asked_is_no_answer(client: AcmeClient, portal: Portal) -> None:
    portal.remote.down = True
    with pytest.raises(BackendUnavailableError):
        client.get_resource("other")


def test_limits_that_are_so_already_are_not_written(client: AcmeClient, portal: Portal) -> None:
    client.set_resource_limits("data", {"disk": 1, "files": 2})
    client.set_resource_limits("data", {"disk": 1})
    assert portal.effects == ["create data", "limit data"]


def test_an_account_is_found_by_its_whole_address(client: AcmeClient, portal: Portal) -> None:
    portal.accounts = {"ann.ada@example.org": "annada", "ada@example.org": "ada"}
    assert client.find_account("ada@example.org") == "ada"
    assert client.find_account("ada@example.or") is None
