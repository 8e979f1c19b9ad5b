"""What an administrator wants to know of a cluster before the agent works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_slurm.limit_types import LimitType
from waldur_site_agent_slurm.settings import DefaultAccountPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.limits import LimitRules
    from waldur_site_agent_slurm.rights import Rights
    from waldur_site_agent_slurm.settings import SlurmSettings

PROGRAMS = ("sacctmgr", "sacct", "squeue", "scancel")


def diagnose(client: SlurmClient, settings: SlurmSettings, rules: LimitRules) -> bool:
    """Look at the cluster, log what is found, and say whether all is well."""
    problems = list(_found(client, settings, rules))
    for problem in problems:
        logger.error("%s", problem)
    return not problems


def _found(client: SlurmClient, settings: SlurmSettings, rules: LimitRules) -> Iterator[str]:
    """All problems up to what cannot be read, which is one, too."""
    try:
        yield from _problems(client, settings, rules)
    except BackendError as error:
        yield str(error)


def _problems(client: SlurmClient, settings: SlurmSettings, rules: LimitRules) -> Iterator[str]:
    logger.info("%s in %s", client.version(), settings.slurm_bin_path or "the search path")
    for name in PROGRAMS:
        if not client.has_program(name):
            yield f"{name} is not in {settings.slurm_bin_path or 'the search path'}"
    yield from _cluster_problems(client, settings)
    rights = client.rights()
    yield from _rights_problems(rights)
    yield from _administration_problems(rights, settings)
    yield from _account_problems(client, settings)
    _warn_of_policies(settings, rules)
    tres = client.list_tres()
    logger.info("TRES: %s", ", ".join(sorted(tres)))
    for name in sorted(rules.tres - tres):
        components = ", ".join(rules.components_of([name]))
        yield f"the cluster has no TRES {name}, so it cannot limit {components}"


def _cluster_problems(client: SlurmClient, settings: SlurmSettings) -> Iterator[str]:
    clusters = client.list_clusters()
    logger.info("Clusters: %s", ", ".join(clusters))
    if settings.cluster_name and settings.cluster_name.lower() not in map(str.lower, clusters):
        yield f"backend_settings.cluster_name: slurmdbd knows no {settings.cluster_name!r}"
    if not settings.cluster_name and len(clusters) > 1:
        yield "backend_settings.cluster_name is unset, and slurmdbd has several clusters"


def _rights_problems(rights: Rights) -> Iterator[str]:
    """What is hidden is a problem; that nothing may be changed is one for some offerings only."""
    logger.info("Slurm level of %r: %s", rights.user, rights.level or "none")
    if rights.deceptions:
        yield (
            f"{' and '.join(rights.deceptions)}: the agent runs as {rights.user!r}, which is below "
            f"Operator in Slurm: {rights.promotion('Operator')}"
        )
    elif not rights.suffice:
        logger.warning("%r is below Operator in Slurm: it may change nothing", rights.user)


def _administration_problems(rights: Rights, settings: SlurmSettings) -> Iterator[str]:
    periodic = settings.periodic_limits
    needs = {
        "qos_management": ("make QoS", settings.account_qos.enabled),
        "periodic_limits": (
            "set usage to zero",
            periodic.enabled and not periodic.emulator_mode,
        ),
    }
    for key, (what, is_needed) in needs.items():
        if is_needed and not rights.administers:
            yield (
                f"backend_settings.{key}: only Administrators of Slurm may {what}, and the agent "
                f"runs as {rights.user!r}, who is none: {rights.promotion('Administrator')}"
            )


def _warn_of_policies(settings: SlurmSettings, rules: LimitRules) -> None:
    if settings.periodic_limits.enabled and rules.has_prepaid:
        logger.warning(
            "periodic_limits beside prepaid components: both set %s; let policies limit other "
            "TRES than those of the prepaid components",
            LimitType.GRP_TRES_MINS,
        )


def _account_problems(client: SlurmClient, settings: SlurmSettings) -> Iterator[str]:
    snapshot = client.snapshot()
    logger.info("%d accounts", len(snapshot.accounts()))
    is_common = settings.default_account_policy is DefaultAccountPolicy.COMMON
    needed = {
        "parent_account" if settings.parent_account else "root_account": settings.parent_account
        or settings.root_account,
        **({"default_account": settings.default_account} if is_common else {}),
    }
    for key, name in needed.items():
        if snapshot.account(name) is None:
            yield f"backend_settings.{key}: there is no account {name!r} on the cluster"
    if is_common and settings.default_account == "root":
        logger.warning("default_account is 'root': every member may then submit to it")
