"""Files are read when they have settled, and each version once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.runtime.watched_files import SETTLED_SECONDS, WatchedFiles, mark_of

if TYPE_CHECKING:
    from waldur_site_agent.runtime.watched_files import Mark

CONFIG, TOKEN, LATER = Path("config"), Path("token"), Path("later")
SOON = SETTLED_SECONDS / 2


class Disk:
    """Files with versions, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.versions: dict[Path, Mark] = {CONFIG: (1, 1, 1), TOKEN: (1, 1, 1)}
        self.files = WatchedFiles([CONFIG, TOKEN], look=self.versions.get, clock=lambda: self.now)

    def write(self, file: Path, version: int | None) -> None:
        self.versions[file] = None if version is None else (version, 1, 1)

    def looks(self, *seconds: float) -> list[bool]:
        """What each look answers, so much later than the one before."""
        answers = []
        for some in seconds:
            self.now += some
            answers.append(self.files.have_changed())
        return answers


@pytest.fixture
def disk() -> Disk:
    return Disk()


def test_what_did_not_change_is_not_read_again(disk: Disk) -> None:
    assert disk.looks(0.0, 60.0, 60.0) == [False, False, False]
    assert not disk.files.are_unsettled


@pytest.mark.parametrize("file", [CONFIG, TOKEN])
@pytest.mark.parametrize("version", [2, None])
def test_what_changed_is_read_once_it_has_settled(
    disk: Disk, file: Path, version: int | None
) -> None:
    disk.write(file, version)
    assert disk.looks(30.0) == [False]
    assert disk.files.are_unsettled
    assert disk.looks(SOON, SOON) == [False, True]


def test_what_is_still_being_written_is_left_alone(disk: Disk) -> None:
    for version in (2, 3, 4):
        disk.write(CONFIG, version)
        assert disk.looks(2 * SETTLED_SECONDS) == [False]
    assert disk.looks(SETTLED_SECONDS) == [True]


def test_each_version_is_read_once(disk: Disk) -> None:
    disk.write(CONFIG, 2)
    disk.looks(0.0)
    disk.files.take_as_read()
    assert disk.looks(60.0, 60.0) == [False, False]


def test_what_was_undone_before_it_settled_was_no_change(disk: Disk) -> None:
    disk.write(CONFIG, 2)
    disk.looks(0.0)
    disk.write(CONFIG, 1)
    assert disk.looks(0.0, 60.0) == [False, False]
    assert not disk.files.are_unsettled


def test_what_changed_while_it_was_read_is_read_again(disk: Disk) -> None:
    disk.files.take_as_read()
    disk.write(TOKEN, 2)
    disk.files.watch([CONFIG, TOKEN, LATER])
    assert disk.looks(0.0, SETTLED_SECONDS) == [False, True]


def test_other_files_can_be_watched(disk: Disk) -> None:
    disk.files.watch([CONFIG, LATER])
    disk.write(TOKEN, 2)
    assert disk.looks(0.0, 60.0) == [False, False]
    disk.write(LATER, 1)
    assert disk.looks(0.0, 60.0) == [False, True]


def test_files_that_should_be_there_can_be_added(disk: Disk) -> None:
    disk.files.add([LATER])
    disk.write(LATER, 1)
    assert disk.looks(0.0, 60.0) == [False, True]


def test_real_files_have_marks_that_differ(tmp_path: Path) -> None:
    file, other = tmp_path / "file", tmp_path / "other"
    assert mark_of(file) is None
    assert mark_of(tmp_path / "a\0b") is None
    file.write_text("one")
    first = mark_of(file)
    assert first == mark_of(file)
    other.write_text("two")
    other.replace(file)
    assert mark_of(file) != first
