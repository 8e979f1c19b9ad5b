"""What all tests share: an Acme, and a backend for it."""

from collections.abc import Iterator
from typing import Any

import pytest
from portal import Portal

from waldur_site_agent_acme.backend import AcmeBackend

COMPONENTS: dict[str, dict[str, Any]] = {
    "storage": {
        "label": "Storage",
        "measured_unit": "GB",
        "accounting_type": "limit",
        "unit_factor": 1024,
        "acme_name": "disk",
    },
    "files": {"label": "Files", "measured_unit": "files", "accounting_type": "limit"},
}


def settings_for(portal: Portal) -> dict[str, Any]:
    """The settings that lead to an Acme."""
    return {
        "api_url": portal.remote.url,
        "api_token": "hush-hush",
        "timeout_seconds": 10,
        "allocation_prefix": "waldur-",
    }


@pytest.fixture
def portal() -> Iterator[Portal]:
    """An Acme that nobody has used yet."""
    portal = Portal()
    with portal.remote:
        yield portal
    assert portal.remote.unanswered == []
    assert portal.remote.defects == []


@pytest.fixture
def backend(portal: Portal) -> Iterator[AcmeBackend]:
    """A backend for it."""
    backend = AcmeBackend(settings_for(portal), COMPONENTS)
    yield backend
    backend.end_pass()
