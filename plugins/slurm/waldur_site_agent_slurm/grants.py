"""What a resource's members are granted: partitions, QoS and a default account. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands import Grant
from waldur_site_agent_slurm.names import partition_name, qos_name
from waldur_site_agent_slurm.settings import DefaultAccountPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent_slurm.settings import SlurmSettings


def grant_for(
    account: str,
    *,
    attributes: Mapping[str, object],
    offering_partitions: Sequence[str],
    enforces_qos: bool,
    settings: SlurmSettings,
) -> Grant:
    """Decide how members are put on a resource's account.

    Args:
        account: the resource's account.
        attributes: the resource's attributes in Waldur; ``qos`` and ``partition`` count where QoS
            are enforced.
        offering_partitions: the offering's partitions in Waldur.
        enforces_qos: see :func:`enforces_qos`.
        settings: the offering's.

    Raises:
        BackendError: what was ordered cannot be the name of a QoS or a partition.
    """
    qos = tuple(map(qos_name, _names(attributes.get("qos")))) if enforces_qos else ()
    ordered = tuple(map(partition_name, _names(attributes.get("partition")))) if qos else ()
    offered = (
        tuple(map(partition_name, offering_partitions))
        if settings.enforce_offering_partitions
        else ()
    )
    default = (settings.default_partition,) if settings.default_partition else ()
    return Grant(
        default_account=_default_account(account, settings),
        partitions=ordered or offered or default,
        qos=qos,
        default_qos=qos[0] if qos else "",
    )


def enforces_qos(settings: SlurmSettings, *, offering: bool) -> bool:
    """Whether members get just the QoS that was ordered.

    Args:
        settings: the offering's; ``enforce_offering_qos`` overrides Waldur.
        offering: the offering's ``enforce_qos`` option in Waldur.
    """
    own = settings.enforce_offering_qos
    return settings.qos_enforcement_enabled and (offering if own is None else own)


def _default_account(account: str, settings: SlurmSettings) -> str:
    if settings.default_account_policy is DefaultAccountPolicy.COMMON:
        return settings.default_account
    is_own = settings.default_account_policy is DefaultAccountPolicy.INDIVIDUAL
    return account if is_own else ""


def _names(value: object) -> tuple[str, ...]:
    """One name, several in a list, or several with commas between them."""
    if isinstance(value, list | tuple):
        return tuple(str(name) for name in value)
    return tuple(name.strip() for name in str(value).split(",") if name.strip()) if value else ()
