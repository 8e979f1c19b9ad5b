"""Reading what Slurm's tools print. Every function is total: a value, or SlurmParseError."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

ASSOCIATION_FIELDS = (
    "Cluster",
    "Account",
    "User",
    "ParentName",
    "Partition",
    "QOS",
    "DefaultQOS",
    "GrpTRESMins",
    "MaxTRESMins",
    "GrpSubmitJobs",
    "Fairshare",
    "GrpTRES",
)
ACCOUNT_FIELDS = ("Account", "Organization", "Description")
REMEMBERED = 8192
"""Amounts that are kept with their meaning: sacct tells the same ones for many jobs."""

_SUFFIXES = "KMGTPE"
_COUNT = re.compile(r"(\d{1,40}(?:\.\d{1,40})?)([KMGTPE]?)", re.IGNORECASE | re.ASCII)
_DIAGNOSTIC = re.compile(r"(?:sacctmgr|sacct|squeue|scancel): ")


class SlurmParseError(BackendUnavailableError):
    """An answer that is not what Slurm's tools print.

    It says nothing about what is there, so it counts as "could not ask".
    """


@dataclass(frozen=True)
class AssociationRow:
    """One line of the association dump. ``user`` is blank in an account's own row."""

    cluster: str
    account: str
    user: str
    parent: str
    partition: str
    qos: tuple[str, ...]
    default_qos: str
    group_tres_minutes: dict[str, int]
    """Memory in MB-minutes."""
    max_tres_minutes: dict[str, int]
    group_submit_jobs: int | None
    fairshare: int | None
    """None where it is the parent's, or not told."""
    group_tres: dict[str, int]
    """Memory in MB."""


@dataclass(frozen=True)
class AccountRow:
    """One line of the account listing: what associations do not tell."""

    name: str
    organization: str
    description: str


def parse_count(text: str) -> Fraction:
    """Read a number with an optional binary suffix: ``5K`` is 5120, ``1.5G`` is 1.5 x 2^30.

    Raises:
        SlurmParseError: it is none.
    """
    matched = _COUNT.fullmatch(text.strip())
    if not matched:
        raise SlurmParseError(f"{text!r} is not a number that Slurm prints")
    return Fraction(matched[1]) * _factor(matched[2])


def parse_memory(text: str) -> Fraction:
    """Read an amount of memory in MB; without a suffix it is in MB already.

    Raises:
        SlurmParseError: it is none.
    """
    text = text.strip()
    count = parse_count(text)
    return count / 2**20 if text[-1].isalpha() else count


def _factor(suffix: str) -> int:
    return 1 << (10 * (_SUFFIXES.index(suffix.upper()) + 1)) if suffix else 1


def parse_tres(text: str) -> dict[str, Fraction]:
    """Read ``cpu=4,mem=8G,gres/gpu:a100=2`` as amounts by TRES; memory in MB.

    Raises:
        SlurmParseError: it is no such list.
    """
    return dict(_tres_item(item) for item in text.strip().split(",") if item)


@lru_cache(REMEMBERED)
def _tres_item(item: str) -> tuple[str, Fraction]:
    name, separator, amount = item.partition("=")
    if not separator or not name.strip():
        raise SlurmParseError(f"{item!r} is not a TRES with its amount")
    name = name.strip()
    is_memory = name == "mem" or name.startswith("bb/")
    return name, parse_memory(amount) if is_memory else parse_count(amount)


def parse_tres_limits(text: str) -> dict[str, int]:
    """Read limits of TRES or TRES-minutes, as :func:`parse_tres`, in whole numbers."""
    return {name: int(amount) for name, amount in parse_tres(text).items()}


def parse_associations(text: str) -> Iterator[AssociationRow]:
    """Read a dump with the columns of ``ASSOCIATION_FIELDS``.

    Raises:
        SlurmParseError: a line has another number of columns.
    """
    for line in _lines(text):
        fields = line.split("|")
        if len(fields) != len(ASSOCIATION_FIELDS):
            raise SlurmParseError(f"an association row has {len(fields)} columns: {fields[:2]}")
        yield _association(dict(zip(ASSOCIATION_FIELDS, fields, strict=True)))


def _association(fields: dict[str, str]) -> AssociationRow:
    submit = fields["GrpSubmitJobs"]
    return AssociationRow(
        cluster=fields["Cluster"],
        account=fields["Account"].lower(),
        user=fields["User"],
        parent=fields["ParentName"].lower(),
        partition=fields["Partition"],
        qos=tuple(name for name in fields["QOS"].split(",") if name),
        default_qos=fields["DefaultQOS"],
        group_tres_minutes=parse_tres_limits(fields["GrpTRESMins"]),
        max_tres_minutes=parse_tres_limits(fields["MaxTRESMins"]),
        group_submit_jobs=int(parse_count(submit)) if submit else None,
        fairshare=_shares(fields["Fairshare"]),
        group_tres=parse_tres_limits(fields["GrpTRES"]),
    )


def _shares(text: str) -> int | None:
    return None if text in ("", "parent") else int(parse_count(text))


def parse_accounts(text: str) -> Iterator[AccountRow]:
    """Read a listing with the columns of ``ACCOUNT_FIELDS``.

    Descriptions are free text, and come last for it: they may hold the separator, and what is left
    of one that holds a line break is passed over.
    """
    for line in _lines(text):
        fields = line.split("|", maxsplit=len(ACCOUNT_FIELDS) - 1)
        if len(fields) == len(ACCOUNT_FIELDS):
            yield AccountRow(fields[0].lower(), fields[1], fields[2])


def parse_rows(text: str) -> Iterator[tuple[str, ...]]:
    """Read any other listing in columns."""
    for line in _lines(text):
        yield tuple(line.split("|"))


def parse_pairs(text: str) -> dict[str, str]:
    """Read a listing of ``key = value``, such as of a configuration."""
    pairs = (line.partition("=") for line in _lines(text) if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def parse_tres_names(text: str) -> frozenset[str]:
    """Read ``list tres format=Type,Name``: ``gres|gpu`` is the TRES ``gres/gpu``."""
    return frozenset("/".join(filter(None, row[:2])) for row in parse_rows(text) if row[0])


def _lines(text: str) -> Iterator[str]:
    """Lines that hold data: the tools' remarks on standard error are in the same stream."""
    for line in text.splitlines():
        if line.strip() and not _DIAGNOSTIC.match(line):
            yield line


OVER = frozenset(
    {
        "BOOT_FAIL",
        "CANCELLED",
        "COMPLETED",
        "DEADLINE",
        "FAILED",
        "NODE_FAIL",
        "OUT_OF_MEMORY",
        "PREEMPTED",
        "REVOKED",
        "TIMEOUT",
    }
)
"""States in which squeue still shows jobs that are over."""


@dataclass(frozen=True)
class Job:
    """A job that is not over. An array has one id."""

    job_id: str
    user: str
    account: str


def parse_active_jobs(text: str) -> list[Job]:
    """Read squeue's ``%F|%u|%T|%a``, without jobs that are over.

    Raises:
        SlurmParseError: a line is no such row.
    """
    jobs = {job: None for row in parse_rows(text) if (job := _active(row))}
    return list(jobs)


def _active(row: tuple[str, ...]) -> Job | None:
    if len(row) != len(("id", "user", "state", "account")) or not row[0].strip().isdecimal():
        raise SlurmParseError(f"squeue shows a row of {len(row)} columns that is no job")
    job_id, user, state, account = row
    return None if state in OVER else Job(job_id.strip(), user, account.strip().lower())
