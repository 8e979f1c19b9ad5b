"""Configuration files on disk, with one offering that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from waldur_site_agent.config.load import Loaded, load
from waldur_site_agent.config.problems import ConfigurationError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from waldur_site_agent.config.models import AgentConfiguration, Offering

OFFERING = {
    "name": "HPC",
    "waldur_api_url": "https://waldur.example.org/api/",
    "waldur_api_token": "token-of-the-agent",
    "waldur_offering_uuid": "d629d5e4-5567-425d-a9cd-bdc1af67b32c",
    "backend_type": "slurm",
}


class Site:
    """A site's configuration file; ``OFFERING`` is in it unless a test says otherwise."""

    as_written = OFFERING

    def __init__(self, folder: Path) -> None:
        self.path = folder / "config.yaml"

    def write(self, text: str | bytes) -> Path:
        content = text.encode() if isinstance(text, str) else text
        self.path.write_bytes(content)
        self.path.chmod(0o600)
        return self.path

    def write_root(self, **keys: Any) -> Path:
        return self.write(yaml.safe_dump({"offerings": [OFFERING], **keys}, sort_keys=False))

    def write_offerings(self, *changes: dict[str, Any]) -> Path:
        return self.write_root(offerings=[{**OFFERING, **change} for change in changes])

    def root(self, **keys: Any) -> AgentConfiguration:
        return load(self.write_root(**keys)).configuration

    def offering(self, **keys: Any) -> Offering:
        self.write_offerings(keys)
        return load(self.path).configuration.offerings[0]

    def load(self) -> Loaded:
        return load(self.path)

    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong with the file; it must not be usable."""
        with pytest.raises(ConfigurationError) as caught:
            load(self.path)
        return caught.value.problems

    def warnings(self) -> tuple[Problem, ...]:
        """What is worth a warning; the file must be usable."""
        return load(self.path).warnings


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def problem_of_root(site: Site) -> Callable[..., Problem]:
    """The only problem of a file with these root keys."""

    def only(**keys: Any) -> Problem:
        site.write_root(**keys)
        (problem,) = site.problems()
        return problem

    return only


@pytest.fixture
def problem_of_offering(site: Site) -> Callable[..., Problem]:
    """The only problem of a file whose offering has these keys."""

    def only(**keys: Any) -> Problem:
        site.write_offerings(keys)
        (problem,) = site.problems()
        return problem

    return only
