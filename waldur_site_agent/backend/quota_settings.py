"""The ``homedir_quota`` setting. Importing this module loads pydantic."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

BLOCKS_AND_INODES = ("block_softlimit", "block_hardlimit", "inode_softlimit", "inode_hardlimit")
SIZE = r"\d+[KMGTPEkmgtpe]?([iI]?[bB])?"


class HomedirQuotaConfig(BaseModel):
    """How much home directories may hold. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    LIMITS: ClassVar[dict[str, tuple[str, ...]]] = {
        "ceph_xattr": ("max_bytes", "max_files"),
        "xfs": BLOCKS_AND_INODES,
        "lustre": BLOCKS_AND_INODES,
    }

    provider: Literal["ceph_xattr", "xfs", "lustre"]
    """The file system that keeps the quota."""
    mount_point: str | None = None
    """Where that is mounted; needed for ``xfs`` and ``lustre``."""
    max_bytes: str | None = Field(default=None, pattern=rf"^{SIZE}$")
    max_files: int | None = Field(default=None, ge=0)
    block_softlimit: str | None = Field(default=None, pattern=rf"^{SIZE}$")
    block_hardlimit: str | None = Field(default=None, pattern=rf"^{SIZE}$")
    inode_softlimit: int | None = Field(default=None, ge=0)
    inode_hardlimit: int | None = Field(default=None, ge=0)

    @property
    def limits(self) -> dict[str, str]:
        """The limits that are set and that the provider knows, as its tools take them."""
        names = self.LIMITS[self.provider]
        return {name: str(v) for name in names if (v := getattr(self, name)) is not None}
