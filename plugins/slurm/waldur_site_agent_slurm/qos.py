"""Which QoS an account may use: decisions, pure.

An account is paused or downscaled by confining it to one QoS. Slurm then no longer knows which QoS
it had, and neither does Waldur; so where those were not the usual ones, a note of them is kept in
the account's description until it is restored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import ResourceStatus

if TYPE_CHECKING:
    from waldur_site_agent_slurm.settings import SlurmSettings
    from waldur_site_agent_slurm.snapshot import Account

# sacctmgr folds a description to lower case when it changes one.
_NOTE = re.compile(
    r" ?\[before the pause: QOS=(?P<names>[^\] ]+) DefaultQOS=(?P<default>[^\] ]*)\]", re.IGNORECASE
)


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


def is_restricted(account: Account, settings: SlurmSettings) -> bool:
    """Whether an account is paused or downscaled.

    One that may use such a QoS beside others is not: an administrator may have given it that.
    """
    names = restricting(settings)
    return account.default_qos in names or (bool(account.qos) and account.qos <= names)


def status(account: Account, settings: SlurmSettings) -> ResourceStatus | None:
    """How an account stands; None where its QoS do not tell."""
    if not is_restricted(account, settings):
        return ResourceStatus.NORMAL
    named = {
        settings.qos_paused: ResourceStatus.PAUSED,
        settings.qos_downscaled: ResourceStatus.DOWNSCALED,
    }
    if settings.qos_paused == settings.qos_downscaled:
        return None
    return next((what for name, what in named.items() if restricted(account, name) is None), None)


def restricted(account: Account, name: str) -> QosChange | None:
    """Confine an account to a QoS; None if it is so already."""
    change = QosChange(frozenset({name}), name)
    return None if (account.qos, account.default_qos) == (change.names, change.default) else change


def restored(account: Account, description: str, settings: SlurmSettings) -> QosChange:
    """Undo :func:`restricted`.

    Args:
        account: as it is. It is restricted: otherwise its QoS are an administrator's business.
        description: what :func:`with_note` made of it.
        settings: the offering's.
    """
    before = _noted(description) or _usual(account, settings)
    given_meanwhile = account.qos - restricting(settings)
    return QosChange(before.names | given_meanwhile, before.default)


def _usual(account: Account, settings: SlurmSettings) -> QosChange:
    names = own(account, settings)
    default = account.name if names else settings.qos_default
    return QosChange(names | {settings.qos_default}, default)


def with_note(description: str, account: Account, settings: SlurmSettings) -> str:
    """The description of an account that is about to be restricted."""
    if is_restricted(account, settings):
        return description
    usual = _usual(account, settings)
    now = QosChange(account.qos, account.default_qos or _likely_default(account, usual))
    if now == usual or not now.names:
        return without_note(description)
    names = ",".join(sorted(now.names))
    return f"{without_note(description)} [before the pause: QOS={names} DefaultQOS={now.default}]"


def _likely_default(account: Account, usual: QosChange) -> str:
    """The default of an account that has none: Slurm needs one to be named with a list."""
    return usual.default if usual.default in account.qos else min(account.qos, default="")


def without_note(description: str) -> str:
    """The description of an account that is not restricted."""
    return _NOTE.sub("", description)


def _noted(description: str) -> QosChange | None:
    found = _NOTE.search(description)
    return QosChange(frozenset(found["names"].split(",")), found["default"]) if found else None


def attached(account: Account, settings: SlurmSettings) -> QosChange | None:
    """Let an account use its own QoS, beside those it has; None if it does, or is restricted."""
    names = own(account, settings)
    if not names or is_restricted(account, settings):
        return None
    if names <= account.qos and account.default_qos == account.name:
        return None
    return QosChange(account.qos | names, account.name)
