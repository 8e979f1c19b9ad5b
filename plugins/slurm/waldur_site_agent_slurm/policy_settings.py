"""Reading what a policy in Waldur wants of an account for a period. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.units import exact
from waldur_site_agent_slurm.limit_types import LimitType
from waldur_site_agent_slurm.names import tres_name

if TYPE_CHECKING:
    from fractions import Fraction

MOST_SHARES = 2**31 - 2
"""Slurm takes the next number for "the parent's"."""


@dataclass(frozen=True, kw_only=True)
class PolicySettings:
    """What an account is to have. What is not named stays as it is."""

    fairshare: int | None = None
    limits: Mapping[LimitType, Mapping[str, int]] = field(default_factory=dict)
    """By kind and TRES, in Slurm's units; below zero clears."""
    resets_usage: bool = False
    asked_at: datetime | None = None
    """The policy's time, the same in a message that comes again; None where it is not told."""


def parse_policy_settings(
    settings: Mapping[str, object], *, default: LimitType = LimitType.GRP_TRES_MINS
) -> PolicySettings:
    """Read a message's settings.

    Other keys are passed over: Waldur sends some that are its own business (``qos_threshold``,
    ``grace_limit``, ``carryover_details``).

    Args:
        settings: as the message has them.
        default: the kind of ``grp_tres_mins`` where the message has no ``limit_type``.

    Raises:
        BackendError: a value that Slurm could not take; the text names the key.
    """
    return PolicySettings(
        fairshare=_fairshare(settings.get("fairshare")),
        limits=_limits(settings, default),
        resets_usage=_flag(settings, "reset_raw_usage"),
        asked_at=_moment(settings.get("timestamp")),
    )


def _limits(
    settings: Mapping[str, object], default: LimitType
) -> dict[LimitType, Mapping[str, int]]:
    kind = settings.get("limit_type")
    named = default if kind is None else _limit_type(kind)
    found = {
        "grp_tres_mins": named,
        "max_tres_mins": LimitType.MAX_TRES_MINS,
        "grp_tres": LimitType.GRP_TRES,
    }
    limits: dict[LimitType, Mapping[str, int]] = {}
    for key, its_kind in found.items():
        amounts = _amounts(key, settings.get(key))
        if amounts:
            limits[its_kind] = {**limits.get(its_kind, {}), **amounts}
    return limits


def _limit_type(value: object) -> LimitType:
    try:
        return LimitType(str(value))
    except ValueError:
        *others, last = LimitType
        why = f"{value!r} is not one of {', '.join(others)} and {last}"
        raise _bad("limit_type", why) from None


def _amounts(key: str, value: object) -> dict[str, int]:
    """Limits by TRES, cut to whole numbers, which is all that Slurm takes."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _bad(key, "amounts by TRES are expected")
    return {tres_name(str(tres)): int(_number(key, amount)) for tres, amount in value.items()}


def _fairshare(value: object) -> int | None:
    if value is None:
        return None
    shares = _number("fairshare", value)
    if shares.denominator == 1 and 0 <= shares <= MOST_SHARES:
        return int(shares)
    raise _bad("fairshare", f"{value!r} is not a whole number from 0 to {MOST_SHARES}")


def _number(key: str, value: object) -> Fraction:
    try:
        return exact(value)
    except ValueError:
        raise _bad(key, f"{value!r} is not a number") from None


def _flag(settings: Mapping[str, object], key: str) -> bool:
    value = settings.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _bad(key, f"{value!r} is neither true nor false")


def _moment(value: object) -> datetime | None:
    """A moment in ISO format; without a zone it counts as UTC. Anything else says nothing."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bad(key: str, why: str) -> BackendError:
    return BackendError(f"The policy's settings cannot be applied: {key}: {why}")
