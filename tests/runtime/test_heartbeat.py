from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.runtime import heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_beat_renews_the_age(tmp_path: Path) -> None:
    file = tmp_path / "beat"
    assert heartbeat.age_seconds(file) is None
    heartbeat.beat(file)
    os.utime(file, (1, 1))
    assert heartbeat.age_seconds(file) > 1e6
    heartbeat.beat(file)
    assert heartbeat.age_seconds(file) < 60


def test_a_beat_from_before_the_clock_was_set_back_is_no_life(tmp_path: Path) -> None:
    file = tmp_path / "beat"
    heartbeat.beat(file)
    ahead = file.stat().st_mtime + 3600
    os.utime(file, (ahead, ahead))
    assert heartbeat.age_seconds(file) > 3500


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    link = tmp_path / "beat"
    link.symlink_to(target)
    heartbeat.beat(link)
    assert not target.exists()


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    heartbeat.beat(tmp_path / "missing" / "beat")


def test_the_environment_moves_it(monkeypatch: object, tmp_path: Path) -> None:
    monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "b"))
    assert heartbeat.path() == tmp_path / "b"


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_there_stops_nothing(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "beat")
    heartbeat.beat(tmp_path / "beat")
