"""Good settings are taken over, bad ones refused and told, each version once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.config.models import AgentConfiguration
from waldur_site_agent.metrics import measures, recording
from waldur_site_agent.runtime.changes import InForce
from waldur_site_agent.runtime.hang_up import HangUp
from waldur_site_agent.runtime.reloading import (
    LOOK_SECONDS,
    SOON_SECONDS,
    Reloading,
    UnusableSettingsError,
)
from waldur_site_agent.runtime.watched_files import WatchedFiles

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable

FILE, TOKEN = Path("config.yaml"), Path("token")


def settings(level: str) -> InForce:
    configuration = AgentConfiguration.model_validate({"offerings": [], "log_level": level})
    return InForce(configuration=configuration, assignments={})


class Site:
    """A file whose versions a test writes, and the watch over it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.versions = {FILE: (1, 1, 1)}
        self.content = "INFO"
        self.hang_up = HangUp()
        files = WatchedFiles([FILE], look=self.versions.get, clock=lambda: self.now)
        self.reloading = Reloading(
            settings("INFO"), read=self._read, files=files, hang_up=self.hang_up
        )

    def _read(self) -> tuple[InForce, Iterable[Path]]:
        if self.content == "defect":
            raise RuntimeError("a defect in a plugin's schema")
        if self.content == "bad":
            raise UnusableSettingsError(["line 1: found bad"], files=[FILE, TOKEN])
        return settings(self.content), [FILE]

    def write(self, content: str, file: Path = FILE) -> None:
        self.content = content
        self.versions[file] = (len(self.versions) + int(self.now) + 2, 1, 1)

    def passes(self, looks: int = 3) -> list[object]:
        """What some looks brought, a minute apart."""
        found = []
        for _ in range(looks):
            self.now += 60.0
            found.append(self.reloading.look())
        return [one for one in found if one is not None]


@pytest.fixture
def site() -> Site:
    return Site()


def told(stream: io.StringIO) -> list[str]:
    return [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


def test_new_settings_are_taken_over_once(site: Site, stream: io.StringIO) -> None:
    site.write("DEBUG")
    (change,) = site.passes()
    assert change.log_level
    assert site.reloading.in_force.configuration.log_level == "DEBUG"
    assert told(stream) == ["configuration.reloaded"]


def test_a_bad_file_is_told_once_and_the_old_settings_stay(site: Site, stream: io.StringIO) -> None:
    site.write("bad")
    assert site.passes() == []
    assert site.reloading.in_force.configuration.log_level == "INFO"
    assert told(stream) == ["configuration.refused"]
    site.write("bad")
    site.passes()
    assert told(stream) == ["configuration.refused"] * 2


def test_a_defect_while_reading_ends_nothing(site: Site, stream: io.StringIO) -> None:
    site.write("defect")
    assert site.passes() == []
    assert told(stream) == ["configuration.crashed", "configuration.refused"]
    site.write("DEBUG")
    assert len(site.passes()) == 1


def test_it_is_told_when_the_file_is_good_again(site: Site, stream: io.StringIO) -> None:
    site.write("bad")
    site.passes()
    site.write("INFO")
    assert len(site.passes()) == 1
    assert told(stream) == ["configuration.refused", "configuration.reloaded"]


def test_whether_the_newest_settings_are_in_force_is_read_when_somebody_looks(site: Site) -> None:
    seen = []
    for content in ("INFO", "bad", "DEBUG", "defect"):
        site.write(content)
        site.passes()
        seen += [
            value
            for measure, _, value in recording.watched()
            if measure is measures.SETTINGS_IN_FORCE
        ]
    assert seen == [True, False, True, False]


def test_a_secret_that_was_missing_mends_a_bad_file(site: Site, stream: io.StringIO) -> None:
    site.write("bad")
    site.passes()
    site.write("DEBUG", TOKEN)
    assert len(site.passes()) == 1
    assert told(stream) == ["configuration.refused", "configuration.reloaded"]


def test_a_wish_is_fulfilled_at_once_and_told_even_if_nothing_changed(
    site: Site, stream: io.StringIO
) -> None:
    site.hang_up.wish()
    change = site.reloading.look()
    assert change is not None
    assert not change.is_any
    assert site.reloading.look() is None
    assert told(stream) == ["configuration.reloaded"]


def test_files_that_are_being_written_are_looked_at_sooner(site: Site) -> None:
    assert site.reloading.wait_seconds == LOOK_SECONDS
    site.write("DEBUG")
    site.reloading.look()
    assert site.reloading.wait_seconds == SOON_SECONDS
