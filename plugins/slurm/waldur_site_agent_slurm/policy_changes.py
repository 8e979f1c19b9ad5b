"""What has to be written for an account to be as a policy wants it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands import fairshare_change, limits_change
from waldur_site_agent_slurm.limit_changes import differing, merged
from waldur_site_agent_slurm.limit_types import LimitType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent_slurm.policy_settings import PolicySettings
    from waldur_site_agent_slurm.snapshot import Account


@dataclass(frozen=True, kw_only=True)
class AccountChange:
    """How an account is to change.

    Attributes:
        wanted: the account as it is to be.
        words: sacctmgr's words for what differs; none where nothing does.
        reaches_users: whether its users inherit some of it.
    """

    wanted: Account
    words: tuple[str, ...]
    reaches_users: bool


def account_change(account: Account, settings: PolicySettings) -> AccountChange:
    """Compare an account with what a policy wants of it; its usage is no part of that."""
    wanted, words = account, []
    if settings.fairshare is not None and settings.fairshare != account.fairshare:
        wanted = replace(wanted, fairshare=settings.fairshare)
        words.append(fairshare_change(settings.fairshare))
    for kind, limits in settings.limits.items():
        current = _limits_of(account, kind)
        changes = differing(current, limits)
        if changes:
            wanted = _with_limits(wanted, kind, merged(current, changes))
            words.append(limits_change(changes, kind=kind))
    reaches_users = wanted.max_tres_minutes != account.max_tres_minutes
    return AccountChange(wanted=wanted, words=tuple(words), reaches_users=reaches_users)


def _limits_of(account: Account, kind: LimitType) -> Mapping[str, int]:
    match kind:
        case LimitType.GRP_TRES_MINS:
            return account.limits
        case LimitType.MAX_TRES_MINS:
            return account.max_tres_minutes
        case LimitType.GRP_TRES:
            return account.group_tres


def _with_limits(account: Account, kind: LimitType, limits: Mapping[str, int]) -> Account:
    match kind:
        case LimitType.GRP_TRES_MINS:
            return replace(account, limits=limits)
        case LimitType.MAX_TRES_MINS:
            return replace(account, max_tres_minutes=limits)
        case LimitType.GRP_TRES:
            return replace(account, group_tres=limits)
