"""What Waldur has of a month: by listings of the whole offering where that is allowed."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import structlog

from waldur_site_agent.usage.plan import Record
from waldur_site_agent.waldur.errors import NotFoundError, UnauthorizedError, WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.usage.periods import Month
    from waldur_site_agent.waldur.models import ComponentUsage, UserUsage

    Before: TypeAlias = Mapping[UUID, Mapping[str, Sequence[Record]] | WaldurError]

logger = structlog.get_logger(__name__)

AT_ONCE = 8
"""Requests under way at a time."""
FEW = 8
"""Of so many resources, asking for each is as cheap as a listing of all."""
UNAUTHORIZED = 401


class Row(Protocol):
    """What all usages have."""

    @property
    def resource_uuid(self) -> UUID | None:
        """Whose usage it is."""


R = TypeVar("R", bound=Row)


def read_before(site: Site, month: Month, resources: Sequence[UUID]) -> Before:
    """Read what Waldur has of a month.

    Returns:
        Records by resource and component; an error for a resource that could not be read.

    Raises:
        WaldurError: nothing could be read.
    """
    totals = read_totals(site, month, resources)
    having = [uuid for uuid, rows in totals.items() if rows]
    users = _read_users(site, month, having) if having else {}
    return {uuid: _joined(rows, users.get(uuid, ())) for uuid, rows in totals.items()}


def read_totals(
    site: Site, month: Month, resources: Sequence[UUID]
) -> Mapping[UUID, Sequence[ComponentUsage] | WaldurError]:
    """Read the totals of resources; raises as :func:`read_before`."""
    usages, offering, day = site.waldur.usages, site.offering.waldur_offering_uuid, month.first_day
    return _of_each(
        resources,
        lambda: usages.totals(day, offering_uuid=offering),
        lambda uuid: usages.totals(day, resource_uuid=uuid),
    )


def _read_users(
    site: Site, month: Month, resources: Sequence[UUID]
) -> Mapping[UUID, Sequence[UserUsage] | WaldurError]:
    usages, offering, day = site.waldur.usages, site.offering.waldur_offering_uuid, month.first_day
    return _of_each(
        resources,
        lambda: usages.of_users(day, offering_uuid=offering),
        lambda uuid: usages.of_users(day, resource_uuid=uuid),
    )


def _of_each(
    resources: Sequence[UUID],
    ask_all: Callable[[], Sequence[R]],
    ask_one: Callable[[UUID], Sequence[R]],
) -> Mapping[UUID, Sequence[R] | WaldurError]:
    """Ask for all in one listing, or, where it is refused or not worth it, for each."""
    if len(resources) > FEW:
        try:
            return _grouped(resources, ask_all())
        except (NotFoundError, UnauthorizedError) as error:
            if error.status == UNAUTHORIZED:
                raise
            logger.info("usage.listing_refused", error=str(error))
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        answers = pool.map(lambda uuid: _answer(ask_one, uuid), resources)
        return dict(zip(resources, answers, strict=True))


def _answer(ask_one: Callable[[UUID], Sequence[R]], uuid: UUID) -> Sequence[R] | WaldurError:
    try:
        return ask_one(uuid)
    except WaldurError as error:
        return error


def _grouped(resources: Sequence[UUID], rows: Sequence[R]) -> Mapping[UUID, Sequence[R]]:
    grouped: dict[UUID, list[R]] = {uuid: [] for uuid in resources}
    for row in rows:
        if row.resource_uuid in grouped:
            grouped[row.resource_uuid].append(row)
    return grouped


def _joined(
    totals: Sequence[ComponentUsage] | WaldurError, users: Sequence[UserUsage] | WaldurError
) -> Mapping[str, Sequence[Record]] | WaldurError:
    """Put users' amounts to their totals; those of other months belong to none, and are dropped."""
    if isinstance(totals, WaldurError):
        return totals
    if isinstance(users, WaldurError):
        return users
    parts: defaultdict[UUID | None, defaultdict[str, list[Decimal]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for user in users:
        # A row without a name is nobody's.
        if user.username:
            parts[user.component_usage_uuid][user.username].append(user.usage)
    records: dict[str, list[Record]] = {}
    for row in totals:
        record = Record(uuid=row.uuid, amount=row.usage, users=parts.get(row.uuid, {}))
        records.setdefault(row.type, []).append(record)
    return records
