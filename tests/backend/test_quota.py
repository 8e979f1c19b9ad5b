"""Home directories and their quotas."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.quota import (
    HomedirQuotaConfig,
    read_commands,
    read_quota,
    set_commands,
    size_in_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

XFS = {"provider": "xfs", "mount_point": "/home"}
LUSTRE = {"provider": "lustre", "mount_point": "/lustre"}
BLOCKS = {"block_softlimit": "9G", "block_hardlimit": "10G"}
INODES = {"inode_softlimit": 900, "inode_hardlimit": 1000}

COMMANDS = [
    (
        {"provider": "ceph_xattr", "max_bytes": "1T", "max_files": 1000},
        [
            ["setfattr", "-n", "ceph.quota.max_bytes", "-v", "1T", "/h/ada"],
            ["setfattr", "-n", "ceph.quota.max_files", "-v", "1000", "/h/ada"],
        ],
        [
            ["getfattr", "--only-values", "-n", "ceph.quota.max_bytes", "/h/ada"],
            ["getfattr", "--only-values", "-n", "ceph.quota.max_files", "/h/ada"],
        ],
    ),
    (
        {**XFS, **BLOCKS, **INODES},
        [
            [
                "xfs_quota",
                "-x",
                "-c",
                "limit -u bsoft=9G bhard=10G isoft=900 ihard=1000 ada",
                "/home",
            ]
        ],
        [["xfs_quota", "-x", "-c", "quota -u -N -b -h ada", "/home"]],
    ),
    (
        {**XFS, "block_hardlimit": "10G"},
        [["xfs_quota", "-x", "-c", "limit -u bhard=10G ada", "/home"]],
        [["xfs_quota", "-x", "-c", "quota -u -N -b -h ada", "/home"]],
    ),
    (
        {**LUSTRE, **BLOCKS, **INODES},
        [
            [
                "lfs",
                "setquota",
                "-u",
                "ada",
                "-b",
                "9G",
                "-B",
                "10G",
                "-i",
                "900",
                "-I",
                "1000",
                "/lustre",
            ]
        ],
        [["lfs", "quota", "-u", "ada", "/lustre"]],
    ),
    (
        {**LUSTRE, "block_hardlimit": 4096, "inode_hardlimit": 0},
        [["lfs", "setquota", "-u", "ada", "-B", "4096", "-I", "0", "/lustre"]],
        [["lfs", "quota", "-u", "ada", "/lustre"]],
    ),
]


@pytest.mark.parametrize(("settings", "setting", "reading"), COMMANDS)
def test_says_what_sets_a_quota_and_reads_it_back(
    settings: dict[str, Any], setting: list[list[str]], reading: list[list[str]]
) -> None:
    quota = HomedirQuotaConfig(**settings)

    assert set_commands(quota, "ada", "/h/ada") == setting
    assert read_commands(quota, "ada", "/h/ada") == reading


@pytest.mark.parametrize("username", ["", "-x", "a b", "a;b", "../x", "a\n", "a b=1 -g c"])
def test_a_name_that_quota_tools_would_read_as_more_is_refused(username: str) -> None:
    quota = HomedirQuotaConfig(**XFS, **BLOCKS)

    with pytest.raises(BackendError, match="characters") as raised:
        set_commands(quota, username, "")

    assert not username.strip() or username not in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({**BLOCKS, "provider": "xfs"}, "mount_point"),
        (XFS, "no limit"),
        ({**XFS, "max_bytes": "1T"}, "no limit"),
        ({"provider": "zfs"}, "provider"),
        ({"provider": "ceph_xattr", "max_bites": "1T"}, "max_bites"),
        ({**XFS, "block_hardlimit": "1G bhard=9T"}, "block_hardlimit"),
        ("1T", "homedir_quota"),
    ],
)
def test_a_quota_that_cannot_be_set_is_none_and_told(
    settings: Any, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert read_quota(settings) is None
    assert word in caplog.text


def test_no_setting_is_no_quota(caplog: pytest.LogCaptureFixture) -> None:
    assert read_quota(None) is None
    assert caplog.records == []


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1T", 2**40),
        ("512MiB", 2**29),
        ("1048576\n", 2**20),
        ("10kB", 10240),
        ("0", 0),
        ("?", None),
    ],
)
def test_reads_sizes(text: str, size: int | None) -> None:
    assert size_in_bytes(text) == size


class NotingClient(BaseClient):
    """Notes commands; answers and failures by the program's name."""

    def __init__(self, **answers: str | Exception) -> None:
        self.answers = answers
        self.commands: list[list[str]] = []

    def execute_command(self, command: Sequence[str], silent: bool = False) -> str:  # noqa: ARG002 - the contract's
        self.commands.append(list(command))
        answer = self.answers.get(command[0].rsplit("/", 1)[-1], "")
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def homes(make_plugin: Any, tmp_path: Path) -> Any:
    def make(client: BaseClient, **quota: Any) -> Any:
        plugin = make_plugin(homedir_base_path=str(tmp_path), homedir_quota=quota)
        plugin.client = client
        return plugin

    return make


def test_existing_homes_get_the_quota_only(homes: Any, tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    client = NotingClient()

    homes(client, **LUSTRE, **BLOCKS).create_user_homedirs({"bob", "ada"}, umask="0027")

    quota = ["-b", "9G", "-B", "10G", "/lustre"]
    assert client.commands == [
        ["lfs", "setquota", "-u", "ada", *quota],
        ["/sbin/mkhomedir_helper", "bob", "0027"],
        ["lfs", "setquota", "-u", "bob", *quota],
    ]


def test_one_users_failure_stops_no_other_and_is_counted(
    homes: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = NotingClient(mkhomedir_helper=BackendError("unknown user"))

    with caplog.at_level(logging.INFO):
        homes(client).create_user_homedirs({"ada", "bob", "no good"})

    assert [command[1] for command in client.commands] == ["ada", "bob"]
    assert "3 home directories" in caplog.text
    assert "ada" not in caplog.text


def test_an_outage_stops_all(homes: Any) -> None:
    client = NotingClient(mkhomedir_helper=BackendUnavailableError("no such program"))

    with pytest.raises(BackendUnavailableError):
        homes(client).create_user_homedirs({"ada", "bob"})

    assert len(client.commands) == 1


@pytest.mark.parametrize(
    ("answer", "warned"), [("1099511627776", False), ("1073741824", True), ("", True)]
)
def test_cephs_answer_is_compared_as_a_size(
    homes: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, answer: str, warned: bool
) -> None:
    (tmp_path / "ada").mkdir()
    client = NotingClient(getfattr=answer)

    homes(client, provider="ceph_xattr", max_bytes="1T").create_user_homedirs(["ada"])

    assert [command[-1] for command in client.commands] == [str(tmp_path / "ada")] * 2
    assert bool(caplog.records) is warned


def test_a_quota_that_cannot_be_read_back_is_no_failure(
    homes: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ada").mkdir()
    client = NotingClient(getfattr=BackendError("no attribute"))

    homes(client, provider="ceph_xattr", max_bytes="1T").create_user_homedirs(["ada"])

    assert "could not be read back" in caplog.text
