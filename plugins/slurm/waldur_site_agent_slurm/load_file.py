"""New members as a file in sacctmgr's own format. Pure.

``sacctmgr load`` adds what a file names and the cluster lacks, in seconds where single commands
take minutes. On what is there it changes just what the file says of it. So a file names only
members who are missing, and gives a default account only to users who are new to the cluster: what
others have (limits, QoS, shares, parents, defaults) is not in it, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.names import account_name, cluster_name, user_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent_slurm.commands import Grant
    from waldur_site_agent_slurm.snapshot import AssociationSnapshot


@dataclass(frozen=True, kw_only=True)
class Joining:
    """Users who come to an account."""

    account: str
    users: tuple[str, ...]
    grant: Grant


def load_file(cluster: str, joinings: Sequence[Joining], view: AssociationSnapshot) -> str:
    """Write the file.

    Args:
        cluster: the cluster's name.
        joinings: users who are not on these accounts.
        view: what is on the cluster.
    """
    lines = [f"Cluster - '{cluster_name(cluster)}'"]
    started: set[str] = set()
    for joining in joinings:
        lines += _on_default_account(joining, view, started)
    for joining in joinings:
        lines.append(f"Parent - '{account_name(joining.account)}'")
        for user in joining.users:
            is_new = not (view.accounts_of_user(user) or user.lower() in started)
            lines += _user(user, joining.grant, is_new=is_new)
            started.add(user.lower())
    return "".join(f"{line}\n" for line in lines)


def _on_default_account(
    joining: Joining, view: AssociationSnapshot, started: set[str]
) -> Iterator[str]:
    """Put users on their default account first: a default has to be an account that they are on."""
    default = joining.grant.default_account
    if not default or default == joining.account:
        return
    yield f"Parent - '{account_name(default)}'"
    for user in joining.users:
        if user.lower() not in started and not view.has_user(default, user):
            yield from _user(user, joining.grant, is_new=not view.accounts_of_user(user))
            started.add(user.lower())


def _user(user: str, grant: Grant, *, is_new: bool) -> Iterator[str]:
    """A line for each partition, or one for all; the default account has the same as the others."""
    default = grant.default_account if is_new else ""
    words = (
        *((f"DefaultAccount='{account_name(default)}'",) if default else ()),
        *((f"QOS='{','.join(grant.qos)}'",) if grant.qos else ()),
        *((f"DefaultQOS='{grant.default_qos}'",) if grant.default_qos else ()),
        "Fairshare=parent",
    )
    for partition in sorted(grant.partitions) or [""]:
        where = (f"Partition='{partition}'",) if partition else ()
        yield ":".join((f"User - '{user_name(user)}'", *where, *words))
