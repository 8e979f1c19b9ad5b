"""``project_directory``: a directory for each project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent_slurm.settings.raw import RawSettings


@dataclass(frozen=True, kw_only=True)
class LustreProjectQuota:
    """A quota on a project's directory, in KiB and files."""

    mount_point: str = "/valhalla"
    block_softlimit: str = ""
    block_hardlimit: str = ""
    inode_softlimit: str = ""
    inode_hardlimit: str = ""

    @classmethod
    def from_raw(cls, raw: RawSettings) -> LustreProjectQuota:
        """Read the block."""
        return cls(
            mount_point=raw.text("mount_point") or "/valhalla",
            block_softlimit=raw.text("block_softlimit"),
            block_hardlimit=raw.text("block_hardlimit"),
            inode_softlimit=raw.text("inode_softlimit"),
            inode_hardlimit=raw.text("inode_hardlimit"),
        )


@dataclass(frozen=True, kw_only=True)
class ProjectDirectory:
    """A directory for each project (``project_directory``)."""

    enabled: bool = False
    base_path: str = "/valhalla/projects"
    owner: str = "nobody"
    permissions: str = "770"
    set_gid: bool = True
    set_acl: bool = True
    group_name: str = ""
    lustre_quota: LustreProjectQuota | None = None

    @classmethod
    def from_raw(cls, raw: RawSettings) -> ProjectDirectory:
        """Read the block; raises BackendError, as all settings."""
        quota = raw.block("lustre_quota")
        return cls(
            enabled=raw.flag("enabled", default=False),
            base_path=raw.text("base_path") or "/valhalla/projects",
            owner=raw.text("owner") or "nobody",
            permissions=raw.text("permissions") or "770",
            set_gid=raw.flag("set_gid", default=True),
            set_acl=raw.flag("set_acl", default=True),
            group_name=raw.text("group_name"),
            lustre_quota=LustreProjectQuota.from_raw(quota) if quota else None,
        )
