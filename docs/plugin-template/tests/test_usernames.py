"""Who has an account on Acme is known by it; who has none is told what to do."""

from types import SimpleNamespace

import pytest
from conftest import settings_for
from portal import Portal

from waldur_site_agent.backend.exceptions import OfferingUserAccountLinkingRequiredError
from waldur_site_agent_acme.usernames import AcmeUsernames

ADA = SimpleNamespace(user_email="ada@example.org")


@pytest.fixture
def usernames(portal: Portal) -> AcmeUsernames:
    """The username backend."""
    return AcmeUsernames(settings_for(portal))


def test_somebody_with_an_account(usernames: AcmeUsernames, portal: Portal) -> None:
    portal.accounts["ada@example.org"] = "lovelace"
    assert usernames.get_or_create_username(ADA) == "lovelace"


def test_somebody_without(usernames: AcmeUsernames) -> None:
    with pytest.raises(OfferingUserAccountLinkingRequiredError, match="Sign in to Acme"):
        usernames.get_or_create_username(ADA)
