"""The offering's ``backend_settings``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.names import account_name, cluster_name, partition_name, qos_name
from waldur_site_agent_slurm.settings.account_qos import AccountQos
from waldur_site_agent_slurm.settings.choices import DefaultAccountPolicy, MappedUsage, UsageTres
from waldur_site_agent_slurm.settings.periodic_limits import PeriodicLimits
from waldur_site_agent_slurm.settings.project_directory import ProjectDirectory
from waldur_site_agent_slurm.settings.raw import RawSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    periodic_limits: PeriodicLimits = field(default_factory=PeriodicLimits)
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
    def from_dict(cls, settings: Mapping[str, object]) -> SlurmSettings:
        """Read an offering's ``backend_settings``.

        Raises:
            BackendError: a value that the plugin cannot work with; the text names the key.
        """
        raw = RawSettings(settings)
        _refuse_rest(raw)
        default_account = account_name(raw.text("default_account") or "root")
        return cls(
            default_account=default_account,
            default_account_policy=raw.choice(
                "default_account_policy", DefaultAccountPolicy.COMMON
            ),
            root_account=account_name(raw.text("root_account") or default_account),
            parent_account=raw.name("parent_account", account_name),
            cluster_name=raw.name("cluster_name", cluster_name),
            slurm_bin_path=raw.text("slurm_bin_path", "/usr/bin"),
            default_partition=raw.name("default_partition", partition_name),
            enforce_offering_partitions=raw.flag("enforce_offering_partitions", default=False),
            qos_default=qos_name(raw.text("qos_default") or "normal"),
            qos_downscaled=raw.name("qos_downscaled", qos_name),
            qos_paused=raw.name("qos_paused", qos_name),
            qos_enforcement_enabled=raw.flag("qos_enforcement_enabled", default=False),
            enforce_offering_qos=raw.optional_flag("enforce_offering_qos"),
            account_qos=AccountQos.from_raw(raw.block("qos_management")),
            project_directory=ProjectDirectory.from_raw(raw.block("project_directory")),
            periodic_limits=PeriodicLimits.from_raw(raw.block("periodic_limits")),
            creates_homedirs=raw.flag("enable_user_homedir_account_creation", default=True),
            homedir_base_path=raw.text("homedir_base_path"),
            homedir_umask=raw.text("default_homedir_umask") or "0077",
            require_unix_accounts=raw.flag("require_unix_accounts", default=True),
            usage_tres=raw.choice("usage_tres", UsageTres.ALLOCATED),
            mapped_usage=raw.choice("mapped_usage", MappedUsage.SUM),
            command_timeout_seconds=raw.seconds("command_timeout_seconds", 120.0),
            job_wait_seconds=raw.seconds("job_wait_seconds", 60.0),
            lock_directory=raw.text("lock_directory"),
            wants_ldap=bool(settings.get("ldap")),
        )


def _refuse_rest(raw: RawSettings) -> None:
    mode = raw.text("execution_mode") or "cli"
    if mode == "cli":
        return
    if mode == "rest":
        why = "this version speaks to Slurm by its commands only; use 'cli'"
        raise raw.bad("execution_mode", why)
    raise raw.bad("execution_mode", f"{mode!r} is not one of 'cli' and 'rest'")
