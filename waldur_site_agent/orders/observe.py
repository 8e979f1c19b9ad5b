"""Reading all that an order's plan depends on. Nothing is changed here.

What cannot be read leaves the order as it is. Only three findings refuse it: no name is free, the
account is another resource's, and the remote order failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.backends import PendingOrderDecision
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.lookup import look_up, overrides
from waldur_site_agent.membership.roster import Roster
from waldur_site_agent.orders.amounts import amounts
from waldur_site_agent.orders.failures import (
    BackendOutageError,
    OrderLeftError,
    OrderRefusedError,
    judge,
)
from waldur_site_agent.orders.naming import candidate_ids, reserves_ids
from waldur_site_agent.orders.people import context_for, read_team, roster_for
from waldur_site_agent.orders.seen import Placement, RemoteOrder, Seen, Verdict
from waldur_site_agent.waldur.errors import NotFoundError, WaldurError
from waldur_site_agent.waldur.models.states import OrderState, OrderType, ResourceState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Order, Resource

VERDICTS = {
    PendingOrderDecision.ACCEPT: Verdict.ACCEPT,
    PendingOrderDecision.REJECT: Verdict.REJECT,
    PendingOrderDecision.PENDING: Verdict.PENDING,
}
CREATING = (OrderType.CREATE, OrderType.RESTORE)
LIVING = tuple(state for state in ResourceState if state != ResourceState.TERMINATED)


def observe(
    site: Site, order: Order, *, taken: frozenset[str] = frozenset(), dry_run: bool = False
) -> Seen:
    """Look at an order and its surroundings.

    Args:
        site: where the order is to be carried out.
        order: the order as last read.
        taken: ids that turned out to belong to others in this pass.
        dry_run: leave out what a plugin might answer with effects.

    Raises:
        OrderLeftError: something could not be read, or no id is left to try.
        OrderRefusedError: the asynchronous backend says that the remote order failed, every id
            that may be given is taken, or the account is another resource's as well.
        WaldurError: Waldur did not tell.
    """
    resource = _resource(site, order)
    verdict = _verdict(site, order, dry_run=dry_run)
    if verdict is not Verdict.ACCEPT:
        return Seen(order=order, resource=resource, verdict=verdict)
    remote = _remote(site, order)
    if remote is RemoteOrder.PENDING:
        return Seen(order=order, resource=resource, remote=remote)
    if order.type in CREATING:
        return _creation(site, order, resource, remote, taken)
    if order.type == OrderType.TERMINATE:
        _require_own(site, resource)
    return Seen(
        order=order,
        resource=resource,
        remote=remote,
        new_limits=_new_limits(site, order) if order.type == OrderType.UPDATE else None,
        prepaid=order.type == OrderType.UPDATE and bool(site.backend.has_prepaid_components()),
        takes_attributes=overrides(site.backend, "update_resource_attributes"),
    )


def _resource(site: Site, order: Order) -> Resource:
    if order.marketplace_resource_uuid is None:
        raise OrderLeftError("the order names no resource")
    resource = site.waldur.resources.get(order.marketplace_resource_uuid)
    resource.backend_id = resource.backend_id.strip()
    if order.type != OrderType.TERMINATE:
        resource.limits = type(resource.limits)(amounts(resource.limits))
    return resource


def _verdict(site: Site, order: Order, *, dry_run: bool) -> Verdict:
    if order.state != OrderState.PENDING_PROVIDER:
        return Verdict.ACCEPT
    if dry_run and overrides(site.backend, "evaluate_pending_order"):
        return Verdict.UNASKED
    try:
        answer = site.backend.evaluate_pending_order(order, site.client)
    except Exception as error:
        # Nothing may err an order before it was accepted.
        raise OrderLeftError(f"the plugin could not evaluate the order: {error!r}") from error
    if answer not in VERDICTS:
        raise OrderLeftError(f"the plugin evaluated the order as {answer!r}, which is no decision")
    return VERDICTS[answer]


def _remote(site: Site, order: Order) -> RemoteOrder:
    """Ask an asynchronous backend; others ignore ``order.backend_id``, which outsiders use too."""
    if not (site.backend.supports_async_orders and order.backend_id):
        return RemoteOrder.NONE
    try:
        done = site.backend.check_pending_order(order.backend_id)
    except Exception as error:
        raise judge(error, site.backend) from error
    return RemoteOrder.DONE if done else RemoteOrder.PENDING


def _creation(
    site: Site, order: Order, resource: Resource, remote: RemoteOrder, taken: frozenset[str]
) -> Seen:
    team = read_team(site, resource)
    placed = remote is RemoteOrder.NONE
    return Seen(
        order=order,
        resource=resource,
        remote=remote,
        placement=(
            _placement(site, resource, taken, restored=order.type == OrderType.RESTORE)
            if placed
            else None
        ),
        roster=roster_for(site, resource, team) if team else Roster(),
        context=context_for(site, resource, team, order),
        has_keys=site.backend.supports_resource_api_keys,
    )


def _placement(
    site: Site, resource: Resource, taken: frozenset[str], *, restored: bool
) -> Placement:
    """Find where a resource is, or a free id for it.

    Two resources never share an account: the second to be terminated would take the first one's.

    Raises:
        OrderLeftError: the backend or Waldur could not be asked.
        OrderRefusedError: every candidate is taken.
    """
    current = resource.backend_id
    if not current or current in taken:
        chooses = reserves_ids(site.backend)
        free = _free_id(site, resource, taken, look=chooses)
        return Placement(backend_id=free, exists=False, reserved=not chooses)
    if restored and _is_anothers(site, resource, current):
        raise OrderRefusedError(
            BackendError(f"The account {current!r} belongs to another resource by now.")
        )
    exists = _exists(site, resource, current)
    return Placement(backend_id=current, exists=exists, reserved=True)


def _free_id(site: Site, resource: Resource, taken: frozenset[str], *, look: bool) -> str:
    """The first candidate that neither Waldur nor, where ids are ours, the backend has."""
    tried = []
    for candidate in candidate_ids(resource, site.backend):
        tried.append(candidate)
        if candidate in taken or (look and _exists(site, resource, candidate)):
            continue
        if _is_unique(site, candidate) and not _is_anothers(site, resource, candidate):
            return candidate
    raise _no_id_left(resource, tried)


def _is_anothers(site: Site, resource: Resource, backend_id: str) -> bool:
    """Whether a resource that is not terminated bears this id, if only as a reservation."""
    bearers = site.waldur.resources.list(
        site.offering.waldur_offering_uuid, states=LIVING, backend_id=backend_id
    )
    return any(bearer.uuid != resource.uuid for bearer in bearers)


def _require_own(site: Site, resource: Resource) -> None:
    """Make sure that ending a resource ends no other; the 1.x agent let two share an account.

    Where the plugin gives the ids, sharing one may be its way.

    Raises:
        OrderRefusedError: the account is another resource's as well.
    """
    backend_id = resource.backend_id
    if backend_id and reserves_ids(site.backend) and _is_anothers(site, resource, backend_id):
        raise OrderRefusedError(
            BackendError(
                f"The account {backend_id!r} is another resource's as well, so it was not deleted. "
                "The provider has to give one of the two another backend id."
            )
        )


def _no_id_left(resource: Resource, tried: list[str]) -> OrderRefusedError:
    if not tried:
        why = f"The resource {resource.name!r} has no slug that gives an account name."
        return OrderRefusedError(BackendError(why))
    shown = ", ".join(tried[:3]) + (f" … ({len(tried)} in all)" if len(tried) > 3 else "")  # noqa: PLR2004 - three names are enough to see the pattern
    why = f"No account name is free for the resource {resource.name!r}: {shown}."
    return OrderRefusedError(BackendError(why))


def _is_unique(site: Site, candidate: str) -> bool:
    """Ask Waldur, where the operator wants it, whether an id was ever used.

    A server without that check is believed to have no objection.
    """
    settings = site.backend.backend_settings
    if not settings.get("check_backend_id_uniqueness"):
        return True
    everywhere = bool(settings.get("check_all_offerings"))
    offering = site.offering.waldur_offering_uuid
    try:
        return site.waldur.offerings.is_backend_id_unique(
            offering, candidate, check_all_offerings=everywhere
        )
    except NotFoundError as error:
        if error.unrouted:
            return True
        raise


def _exists(site: Site, resource: Resource, backend_id: str) -> bool:
    """Whether the backend has this id; the resource is shown to the plugin as if it bore it."""
    before, resource.backend_id = resource.backend_id, backend_id
    try:
        return look_up(site.backend, resource) is not None
    except BackendUnavailableError as error:
        raise BackendOutageError(str(error)) from error
    finally:
        resource.backend_id = before


def _new_limits(site: Site, order: Order) -> Mapping[str, float] | None:
    """The limits that an update asks for, in Waldur units; None when it asks for none."""
    if order.limits:
        return amounts(order.limits)
    if order.plan_uuid is None:
        return None
    try:
        return amounts(site.reads.plan(order.plan_uuid).quotas) or None
    except NotFoundError:
        return None
    except WaldurError as error:
        raise OrderLeftError(str(error)) from error
