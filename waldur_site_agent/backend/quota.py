"""Quotas of home directories on CephFS, XFS and Lustre.

What to run is decided by pure functions; the backend's client runs it.
"""

from __future__ import annotations

import logging
import pwd
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent.backend.clients import BaseClient
    from waldur_site_agent.backend.quota_settings import HomedirQuotaConfig

__all__ = ["HomedirQuotaConfig", "apply_quota", "checked_username", "read_quota", "set_commands"]

_USERNAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?")
_SIZE = re.compile(r"(\d+)\s*([KMGTPE]?)(?:i?B)?", re.IGNORECASE)
_POWERS = {unit: 1024**power for power, unit in enumerate(("", "K", "M", "G", "T", "P", "E"))}
_CEPH = {"max_bytes": "ceph.quota.max_bytes", "max_files": "ceph.quota.max_files"}
_FLAGS: dict[Literal["xfs", "lustre"], tuple[str, str, str, str]] = {
    "xfs": ("bsoft=", "bhard=", "isoft=", "ihard="),
    "lustre": ("-b", "-B", "-i", "-I"),
}


def __getattr__(name: str) -> Any:
    """Load the settings' schema, and pydantic with it, when it is asked for."""
    if name != "HomedirQuotaConfig":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from waldur_site_agent.backend import quota_settings  # noqa: PLC0415 - see above

    return quota_settings.HomedirQuotaConfig


def read_quota(settings: Mapping[str, object] | None) -> HomedirQuotaConfig | None:
    """Read the ``homedir_quota`` setting.

    Returns:
        The quota, or None where there is none, or none that can be read or set (logged).
    """
    if not settings:
        return None
    from pydantic import ValidationError  # noqa: PLC0415 - only sites with quotas pay for it

    from waldur_site_agent.backend.quota_settings import HomedirQuotaConfig  # noqa: PLC0415

    try:
        quota = HomedirQuotaConfig.model_validate(settings)
    except ValidationError as error:
        keys = ", ".join(sorted({".".join(map(str, e["loc"])) or "?" for e in error.errors()}))
        logger.error("homedir_quota is not valid, so no quota is set; see: %s", keys)
        return None
    return quota if _is_usable(quota) else None


def _is_usable(quota: HomedirQuotaConfig) -> bool:
    if quota.provider != "ceph_xattr" and not quota.mount_point:
        logger.error("homedir_quota for %s needs a mount_point; no quota is set", quota.provider)
        return False
    if not quota.limits:
        logger.warning("homedir_quota names no limit, so no quota is set")
        return False
    return True


def checked_username(username: str) -> str:
    """Let pass only what is a user's name, as quota tools read it inside of their own syntax.

    Raises:
        BackendError: it is none. The text does not tell it.
    """
    if not _USERNAME.fullmatch(username):
        raise BackendError("a username holds characters that no home directory tool may be given")
    return username


def apply_quota(
    client: BaseClient, quota: HomedirQuotaConfig, username: str, base_path: str | None
) -> None:
    """Set a user's quota, and read it back as far as that is possible.

    Raises:
        BackendError: it could not be set. A failure of reading back is logged only.
    """
    home = homedir_path(username, base_path) if quota.provider == "ceph_xattr" else ""
    for command in set_commands(quota, username, home):
        client.execute_command(command)
    try:
        _read_back(client, quota, username, home)
    except BackendUnavailableError:
        raise
    except BackendError as error:
        logger.warning("A home directory's quota could not be read back")
        logger.debug("Reading back a quota: %s", error)


def homedir_path(username: str, base_path: str | None) -> str:
    """Find a user's home directory: under the base path, else where the system says.

    Raises:
        BackendError: the system does not know the user.
    """
    if base_path:
        return str(PurePosixPath(base_path) / checked_username(username))
    try:
        return pwd.getpwnam(username).pw_dir
    except KeyError:
        raise BackendError("the system does not know a user who is to have a quota") from None


def set_commands(quota: HomedirQuotaConfig, username: str, home: str) -> list[list[str]]:
    """Say what sets a quota.

    Args:
        quota: usable, as ``read_quota`` answers it.
        username: whose quota.
        home: the home directory; for CephFS only.
    """
    checked_username(username)
    limits, mount = quota.limits, str(quota.mount_point)
    if quota.provider == "ceph_xattr":
        return [["setfattr", "-n", _CEPH[name], "-v", v, home] for name, v in limits.items()]
    flagged = [
        (flag, limits[name])
        for flag, name in zip(_FLAGS[quota.provider], quota.LIMITS[quota.provider], strict=True)
        if name in limits
    ]
    if quota.provider == "xfs":
        words = " ".join(flag + value for flag, value in flagged)
        return [["xfs_quota", "-x", "-c", f"limit -u {words} {username}", mount]]
    words_apart = [word for pair in flagged for word in pair]
    return [["lfs", "setquota", "-u", username, *words_apart, mount]]


def read_commands(quota: HomedirQuotaConfig, username: str, home: str) -> list[list[str]]:
    """Say what reads a quota back; arguments as for ``set_commands``."""
    checked_username(username)
    mount = str(quota.mount_point)
    if quota.provider == "ceph_xattr":
        return [["getfattr", "--only-values", "-n", _CEPH[name], home] for name in quota.limits]
    if quota.provider == "xfs":
        return [["xfs_quota", "-x", "-c", f"quota -u -N -b -h {username}", mount]]
    return [["lfs", "quota", "-u", username, mount]]


def _read_back(client: BaseClient, quota: HomedirQuotaConfig, username: str, home: str) -> None:
    """Compare what CephFS says with what was set; the others' tables are for an operator's eyes."""
    commands = read_commands(quota, username, home)
    if quota.provider == "ceph_xattr":
        answers = [client.execute_command(command) for command in commands]
        _compare(list(quota.limits.values()), answers)
    elif logger.isEnabledFor(logging.DEBUG):
        for command in commands:
            logger.debug("The quota reads: %s", client.execute_command(command).strip())


def _compare(wanted: Sequence[str], answers: Sequence[str]) -> None:
    for want, answer in zip(wanted, answers, strict=True):
        if size_in_bytes(want) != size_in_bytes(answer):
            logger.warning("A quota of %s was set, and reads back as %s", want, answer.strip())


def size_in_bytes(text: str) -> int | None:
    """Read a size as quota tools write it (``1T``, ``512MiB``, ``1048576``); None if it is none."""
    found = _SIZE.fullmatch(text.strip().strip("\0"))
    return int(found[1]) * _POWERS[found[2].upper()] if found else None
