"""Which QoS an account may use: decisions, pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent_slurm.settings import SlurmSettings
    from waldur_site_agent_slurm.snapshot import Account


@dataclass(frozen=True)
class QosChange:
    """The QoS that an account is to have, and no others."""

    names: frozenset[str]
    default: str


def own(account: Account, settings: SlurmSettings) -> frozenset[str]:
    """The QoS that are an account's by ``qos_management``; none where that is off."""
    managed = settings.account_qos
    return frozenset({account.name, *managed.additional}) if managed.enabled else frozenset()


def restricting(settings: SlurmSettings) -> frozenset[str]:
    """The QoS by which this plugin pauses and downscales."""
    names = {settings.qos_paused, settings.qos_downscaled} - {"", settings.qos_default}
    return frozenset(names)


def restricted(account: Account, name: str) -> QosChange | None:
    """Confine an account to a QoS; None if it is so already."""
    change = QosChange(frozenset({name}), name)
    return None if (account.qos, account.default_qos) == (change.names, change.default) else change


def restored(account: Account, settings: SlurmSettings) -> QosChange | None:
    """Undo :func:`restricted`.

    None where the account is not restricted: then its QoS are an administrator's business.
    """
    if not account.qos & restricting(settings):
        return None
    names = own(account, settings)
    default = account.name if names else settings.qos_default
    return QosChange(names | {settings.qos_default}, default)


def attached(account: Account, settings: SlurmSettings) -> QosChange | None:
    """Let an account use its own QoS, beside those it has; None if it does, or is restricted."""
    names = own(account, settings)
    if not names or account.qos & restricting(settings):
        return None
    if names <= account.qos and account.default_qos == account.name:
        return None
    return QosChange(account.qos | names, account.name)
