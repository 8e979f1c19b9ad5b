"""A directory for each project: made, owned, shared with the project's group, and limited."""

from __future__ import annotations

import grp
import pwd
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_slurm.answers import presentable

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Protocol

    from waldur_site_agent_slurm.settings import LustreProjectQuota, ProjectDirectory

    class Runner(Protocol):
        """What runs commands."""

        def execute_command(self, command: Sequence[str], silent: bool = False) -> str:
            """Run one."""
            ...


class ProjectDirectories:
    """Makes the directories of projects; what is as it should be is left alone."""

    def __init__(self, runner: Runner, settings: ProjectDirectory) -> None:
        """Work through whatever runs commands."""
        self._runner = runner
        self._settings = settings

    def ensure(self, project: str) -> None:
        """Make a project's directory, or bring it in line. A failure is logged, not raised.

        Args:
            project: the project's account, which names the directory and, unless ``group_name``
                is set, the Unix group.
        """
        if not self._settings.enabled:
            return
        path = Path(self._settings.base_path) / project
        group = self._settings.group_name or project
        if is_as_wanted(path, self._settings, group):
            return
        try:
            for command in directory_commands(path, self._settings, group):
                self._runner.execute_command(command)
        except BackendError as error:
            why = presentable(str(error))
            logger.warning("The directory of the project %r is not complete: %s", project, why)
            return
        self._finish(path, group)

    def _finish(self, path: Path, group: str) -> None:
        """Access list and quota: what fails of them leaves the rest usable."""
        for command in [
            *acl_commands(path, self._settings, group),
            *quota_commands(path, self._settings.lustre_quota, group),
        ]:
            try:
                self._runner.execute_command(command)
            except BackendError as error:
                logger.warning("%s failed on %s: %s", command[0], path, presentable(str(error)))


def directory_commands(path: Path, settings: ProjectDirectory, group: str) -> list[list[str]]:
    """Commands that make a directory; each needs those before it."""
    commands = [
        ["mkdir", "-p", "--", str(path)],
        ["chown", f"{settings.owner}:{group}", "--", str(path)],
        ["chmod", settings.permissions, "--", str(path)],
    ]
    # After chown, which clears the bit.
    return [*commands, ["chmod", "g+s", "--", str(path)]] if settings.set_gid else commands


def acl_commands(path: Path, settings: ProjectDirectory, group: str) -> list[list[str]]:
    """Commands that let the group work on whatever lies in the directory."""
    if not settings.set_acl:
        return []
    entries = f"group:{group}:rwx,d:group:{group}:rwx"
    return [["setfacl", "-R", "-m", entries, "--", str(path)]]


def quota_commands(path: Path, quota: LustreProjectQuota | None, group: str) -> list[list[str]]:
    """Commands that limit the directory on Lustre; the group's id is the Lustre project's."""
    if quota is None:
        return []
    try:
        project_id = str(grp.getgrnam(group).gr_gid)
    except KeyError:
        logger.warning("No Lustre quota on %s: the group %r is not known here", path, group)
        return []
    limits = {
        "-b": quota.block_softlimit,
        "-B": quota.block_hardlimit,
        "-i": quota.inode_softlimit,
        "-I": quota.inode_hardlimit,
    }
    words = [word for flag, limit in limits.items() if limit for word in (flag, limit)]
    return [
        ["lfs", "setquota", "-p", project_id, *words, quota.mount_point],
        ["lfs", "project", "-p", project_id, "-r", "-s", str(path)],
    ]


def is_as_wanted(path: Path, settings: ProjectDirectory, group: str) -> bool:
    """Whether a directory is there with its owner, group and permissions."""
    try:
        found = path.stat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and (found.st_uid, found.st_gid) == (_uid(settings.owner), _gid(group))
        and _mode(found) == int(settings.permissions, 8) | (stat.S_ISGID if settings.set_gid else 0)
    )


def _mode(found: os.stat_result) -> int:
    return stat.S_IMODE(found.st_mode)


def _uid(name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return -1


def _gid(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return -1
