"""The offering's ``backend_settings`` as the plugin's code uses them: typed, with every default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_slurm.names import (
    account_name,
    cluster_name,
    partition_name,
    qos_flags,
    qos_name,
    qos_value,
)

Choice = TypeVar("Choice", bound=StrEnum)

QOS_LIMITS = {
    "grp_tres": "GrpTRES",
    "max_jobs": "MaxJobs",
    "max_submit": "MaxSubmit",
    "max_wall": "MaxWall",
    "min_tres_per_job": "MinTRESPerJob",
}
"""Keys of ``qos_management``, and what sacctmgr calls them."""


class DefaultAccountPolicy(StrEnum):
    """Which account becomes a new user's default."""

    COMMON = "common"
    """The one that ``default_account`` names."""
    INDIVIDUAL = "individual"
    """The account that the user is put on."""
    NONE = "none"
    """Slurm decides: the user's first one."""


class UsageTres(StrEnum):
    """What is counted as a job's usage."""

    ALLOCATED = "allocated"
    """What it held."""
    REQUESTED = "requested"
    """What it asked for, as the 1.x agent counted."""


class MappedUsage(StrEnum):
    """How the usage of a component's targets becomes the component's."""

    SUM = "sum"
    """Added up, as the 1.x agent does."""
    MAX = "max"
    """The target that the account used most counts, for all its users."""
    MEAN = "mean"
    """The mean of all targets."""


@dataclass(frozen=True, kw_only=True)
class AccountQos:
    """A QoS of its own for each account (``qos_management``)."""

    enabled: bool = False
    flags: str = "DenyOnLimit,NoDecay"
    limits: Mapping[str, str] = field(default_factory=dict)
    """By sacctmgr's names."""
    additional: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LustreProjectQuota:
    """A quota on a project's directory, in KiB and files."""

    mount_point: str = "/valhalla"
    block_softlimit: str = ""
    block_hardlimit: str = ""
    inode_softlimit: str = ""
    inode_hardlimit: str = ""


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


@dataclass(frozen=True, kw_only=True)
class SlurmSettings:
    """How one offering lives on one cluster."""

    default_account: str = "root"
    default_account_policy: DefaultAccountPolicy = DefaultAccountPolicy.COMMON
    root_account: str = "root"
    parent_account: str = ""
    cluster_name: str = ""
    slurm_bin_path: str = "/usr/bin"
    default_partition: str = ""
    enforce_offering_partitions: bool = False
    qos_default: str = "normal"
    qos_downscaled: str = ""
    qos_paused: str = ""
    qos_enforcement_enabled: bool = False
    enforce_offering_qos: bool | None = None
    account_qos: AccountQos = field(default_factory=AccountQos)
    project_directory: ProjectDirectory = field(default_factory=ProjectDirectory)
    creates_homedirs: bool = True
    homedir_base_path: str = ""
    homedir_umask: str = "0077"
    require_unix_accounts: bool = True
    usage_tres: UsageTres = UsageTres.ALLOCATED
    mapped_usage: MappedUsage = MappedUsage.SUM
    command_timeout_seconds: float = 120.0
    job_wait_seconds: float = 60.0
    lock_directory: str = ""
    wants_ldap: bool = False

    @property
    def site_qos(self) -> frozenset[str]:
        """QoS that are the site's, and never an account's own."""
        named = {self.qos_default, self.qos_paused, self.qos_downscaled}
        return frozenset({"normal", *named, *self.account_qos.additional} - {""})

    @property
    def site_accounts(self) -> frozenset[str]:
        """Accounts that are the site's, and never a resource's."""
        named = {self.default_account, self.root_account, self.parent_account}
        return frozenset({"root", *named} - {""})

    @classmethod
    def from_dict(cls, raw: Mapping[str, object]) -> SlurmSettings:
        """Read an offering's ``backend_settings``.

        Raises:
            BackendError: a value that the plugin cannot work with; the text names the key.
        """
        _refuse_rest(raw)
        default_account = account_name(_text(raw, "default_account") or "root")
        return cls(
            default_account=default_account,
            default_account_policy=_choice(
                raw, "default_account_policy", DefaultAccountPolicy.COMMON
            ),
            root_account=account_name(_text(raw, "root_account") or default_account),
            parent_account=_named(raw, "parent_account", account_name),
            cluster_name=_named(raw, "cluster_name", cluster_name),
            slurm_bin_path=_text(raw, "slurm_bin_path", "/usr/bin"),
            default_partition=_named(raw, "default_partition", partition_name),
            enforce_offering_partitions=_flag(raw, "enforce_offering_partitions", default=False),
            qos_default=qos_name(_text(raw, "qos_default") or "normal"),
            qos_downscaled=_named(raw, "qos_downscaled", qos_name),
            qos_paused=_named(raw, "qos_paused", qos_name),
            qos_enforcement_enabled=_flag(raw, "qos_enforcement_enabled", default=False),
            enforce_offering_qos=_optional_flag(raw, "enforce_offering_qos"),
            account_qos=_account_qos(_block(raw, "qos_management")),
            project_directory=_project_directory(_block(raw, "project_directory")),
            creates_homedirs=_flag(raw, "enable_user_homedir_account_creation", default=True),
            homedir_base_path=_text(raw, "homedir_base_path"),
            homedir_umask=_text(raw, "default_homedir_umask") or "0077",
            require_unix_accounts=_flag(raw, "require_unix_accounts", default=True),
            usage_tres=_choice(raw, "usage_tres", UsageTres.ALLOCATED),
            mapped_usage=_choice(raw, "mapped_usage", MappedUsage.SUM),
            command_timeout_seconds=_seconds(raw, "command_timeout_seconds", 120.0),
            job_wait_seconds=_seconds(raw, "job_wait_seconds", 60.0),
            lock_directory=_text(raw, "lock_directory"),
            wants_ldap=bool(raw.get("ldap")),
        )


def _refuse_rest(raw: Mapping[str, object]) -> None:
    mode = _text(raw, "execution_mode") or "cli"
    if mode == "cli":
        return
    if mode == "rest":
        raise _bad("execution_mode", "this version speaks to Slurm by its commands only; use 'cli'")
    raise _bad("execution_mode", f"{mode!r} is not one of 'cli' and 'rest'")


def _choice(raw: Mapping[str, object], key: str, default: Choice) -> Choice:
    text = _text(raw, key)
    try:
        return type(default)(text) if text else default
    except ValueError:
        *others, last = type(default)
        raise _bad(key, f"{text!r} is not one of {', '.join(others)} and {last}") from None


def _account_qos(raw: Mapping[str, object]) -> AccountQos:
    flags = _text(raw, "flags", "DenyOnLimit,NoDecay")
    return AccountQos(
        enabled=_flag(raw, "enabled", default=False),
        flags=qos_flags(flags) if flags else "",
        limits={
            name: qos_value(_text(raw, key)) for key, name in QOS_LIMITS.items() if _text(raw, key)
        },
        additional=tuple(qos_name(str(name)) for name in _list(raw, "additional_qos")),
    )


def _project_directory(raw: Mapping[str, object]) -> ProjectDirectory:
    quota = raw.get("lustre_quota")
    return ProjectDirectory(
        enabled=_flag(raw, "enabled", default=False),
        base_path=_text(raw, "base_path") or "/valhalla/projects",
        owner=_text(raw, "owner") or "nobody",
        permissions=_text(raw, "permissions") or "770",
        set_gid=_flag(raw, "set_gid", default=True),
        set_acl=_flag(raw, "set_acl", default=True),
        group_name=_text(raw, "group_name"),
        lustre_quota=_lustre_quota(quota) if isinstance(quota, Mapping) else None,
    )


def _lustre_quota(raw: Mapping[str, object]) -> LustreProjectQuota:
    return LustreProjectQuota(
        mount_point=_text(raw, "mount_point") or "/valhalla",
        block_softlimit=_text(raw, "block_softlimit"),
        block_hardlimit=_text(raw, "block_hardlimit"),
        inode_softlimit=_text(raw, "inode_softlimit"),
        inode_hardlimit=_text(raw, "inode_hardlimit"),
    )


def _bad(key: str, why: str) -> BackendError:
    return BackendError(f"backend_settings.{key}: {why}")


def _text(raw: Mapping[str, object], key: str, default: str = "") -> str:
    value = raw.get(key)
    return default if value is None else str(value).strip()


def _named(raw: Mapping[str, object], key: str, check: Callable[[str], str]) -> str:
    text = _text(raw, key)
    return check(text) if text else ""


def _flag(raw: Mapping[str, object], key: str, *, default: bool) -> bool:
    value = _optional_flag(raw, key)
    return default if value is None else value


def _optional_flag(raw: Mapping[str, object], key: str) -> bool | None:
    value = raw.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise _bad(key, f"{value!r} is neither true nor false")


def _seconds(raw: Mapping[str, object], key: str, default: float) -> float:
    value = raw.get(key)
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    raise _bad(key, f"{value!r} is not a number of seconds above 0")


def _block(raw: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = raw.get(key) or {}
    if isinstance(value, Mapping):
        return value
    raise _bad(key, "a mapping is expected")


def _list(raw: Mapping[str, object], key: str) -> list[object]:
    value = raw.get(key) or []
    if isinstance(value, list | tuple):
        return list(value)
    raise _bad(key, "a list is expected")
