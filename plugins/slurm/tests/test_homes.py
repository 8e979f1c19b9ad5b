from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent_slurm.homes import without_home

if TYPE_CHECKING:
    from pathlib import Path

QUOTA = {"provider": "xfs", "mount_point": "/home", "block_hardlimit": "5g"}


def test_only_users_of_the_system_without_a_home_need_one(tmp_path: Path) -> None:
    assert without_home({"root", "nobody-of-that-name"}) == set()
    assert without_home({"root", "nobody-of-that-name"}, str(tmp_path)) == {"root"}
    (tmp_path / "root").mkdir()
    assert without_home({"root"}, str(tmp_path)) == set()


@pytest.fixture
def backend(make_backend: Any, tmp_path: Path) -> Any:
    (tmp_path / "root").mkdir()
    return make_backend(
        enable_user_homedir_account_creation=True,
        homedir_base_path=str(tmp_path),
        homedir_quota=QUOTA,
    )


def test_who_has_a_home_costs_no_process_in_a_pass(slurm: Any, backend: Any) -> None:
    backend.process_existing_users({"root"})
    assert slurm.lines == []


def test_a_quota_is_set_when_a_user_comes(slurm: Any, backend: Any, make_resource: Any) -> None:
    resource = make_resource()
    backend.create_resource_with_id(resource, "a_x1")
    backend.add_users_to_resource(resource, {"root"})
    assert "limit -u bhard=5g root" in [line[-2] for line in slurm.lines if line[0] == "xfs_quota"]
