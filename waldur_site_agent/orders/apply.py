"""Carrying out the steps of an order's plan, one at a time.

A step is safe to repeat: a pass that was killed after it finds its effect and goes on.
"""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING, TypeVar

import structlog

from waldur_site_agent.backend.answering import is_answering
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendUnavailableError,
    DuplicateResourceError,
)
from waldur_site_agent.backend.lookup import look_up
from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.backend.statuses import says_gone
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent.membership.adding import Added, add_members, tell
from waldur_site_agent.orders import steps
from waldur_site_agent.orders.failures import (
    IdTakenError,
    OrderLeftError,
    OrderRefusedError,
    OrderWaitsError,
    judge,
)
from waldur_site_agent.orders.keys import provision_keys
from waldur_site_agent.orders.naming import gives_ids
from waldur_site_agent.orders.reporting import report_resource
from waldur_site_agent.waldur.errors import ConflictError
from waldur_site_agent.waldur.models.states import OrderState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent.orders.seen import Seen
    from waldur_site_agent.sites.site import Site

T = TypeVar("T")

ON_ITS_WAY = "the remote order is on its way"


class OrderApplication:
    """One order's plan being carried out.

    Raises, from :meth:`run`:
        OrderLeftError: the order stays as it is (and why).
        OrderRefusedError: the backend's definite no.
        IdTakenError: look again, passing over that id.
        WaldurError: Waldur failed or refused; the order stays as it is.
    """

    def __init__(self, site: Site, seen: Seen) -> None:
        """Begin with what was seen; nothing is done yet."""
        self._site = site
        self._seen = seen
        self._log = structlog.get_logger(__name__)
        self._info = BackendResourceInfo(backend_id=seen.resource.backend_id)
        self.added = Added()
        self.completed = False

    def run(self, step: steps.Step) -> None:
        """Carry out one step."""
        self._run(step)

    @singledispatchmethod
    def _run(self, step: steps.Step) -> None:
        raise NotImplementedError(f"no way to carry out {step!r}")

    @_run.register
    def _(self, step: steps.Wait) -> None:
        raise OrderWaitsError(step.reason)

    @_run.register
    def _(self, _step: steps.Reject) -> None:
        self._site.waldur.orders.reject(self._seen.order.uuid)
        self._log.info("order.rejected")

    @_run.register
    def _(self, _step: steps.Approve) -> None:
        """Approve, and go on only with an order that is to be carried out now.

        An order that waited for nothing but the provider, without a day to start on, is executing
        once Waldur took the approval. Of any other the state that results is read.
        """
        orders, order = self._site.waldur.orders, self._seen.order
        try:
            orders.approve(order.uuid)
            if order.start_date is None:
                return
        except ConflictError:
            pass  # it does not wait any more: the state that follows decides
        state = orders.get(order.uuid).state
        if state != OrderState.EXECUTING:
            raise OrderWaitsError(f"the order was to be approved and is now {state}")

    @_run.register
    def _(self, step: steps.ReserveBackendId) -> None:
        self._site.waldur.resources.set_backend_id(self._seen.resource.uuid, step.backend_id)

    @_run.register
    def _(self, step: steps.CreateOnBackend) -> None:
        try:
            info = self._ask(lambda: self._create(step.backend_id))
        except OrderRefusedError as error:
            if not isinstance(error.cause, DuplicateResourceError):
                raise
            raise self._taken(step.backend_id) from error
        # A remote system gives ids of its own.
        given = (info.backend_id if info else "") or step.backend_id
        self._log.info("backend.created", backend_id=given)
        self._take_over(info, step.backend_id)

    def _create(self, backend_id: str) -> BackendResourceInfo:
        backend, resource = self._site.backend, self._seen.resource
        context = dict(self._seen.context)
        if gives_ids(backend):
            return backend.create_resource(resource, context)
        return backend.create_resource_with_id(resource, backend_id, context)

    def _taken(self, backend_id: str) -> Exception:
        """Say what to make of an id that the backend has already, though it was looked for.

        An id that stood in Waldur before is this resource's, so the look was wrong: the next one
        finds the account. One that this plan reserved is somebody else's, and is taken out of
        Waldur before anything else: left standing, a later look would take the other's account
        for this resource's.
        """
        if self._seen.resource.backend_id == backend_id:
            why = f"the backend said that it has no {backend_id!r}, and then that it has"
            return OrderLeftError(why)
        if self._is_reserved(backend_id):
            self._site.waldur.resources.set_backend_id(self._seen.resource.uuid, "")
        return IdTakenError(backend_id)

    @_run.register
    def _(self, step: steps.AdoptOnBackend) -> None:
        resource = self._seen.resource
        info = self._ask(
            lambda: self._site.backend.adopt_resource(
                resource, step.backend_id, dict(self._seen.context)
            )
        )
        self._log.info("backend.adopted", backend_id=step.backend_id)
        self._take_over(info, step.backend_id)

    def _take_over(self, info: BackendResourceInfo | None, proposed: str) -> None:
        """Keep what the backend answered; its own id, where it gives one, goes to Waldur."""
        if info is None or not (info.backend_id or proposed):
            raise OrderRefusedError(BackendError("The backend did not say what it created."))
        self._info = info
        backend_id = info.backend_id or proposed
        resource = self._seen.resource
        remote_id = info.pending_order_id if self._site.backend.supports_async_orders else None
        if remote_id:
            self._remember_remote_order(remote_id)
        if backend_id != proposed or not self._is_reserved(backend_id):
            self._site.waldur.resources.set_backend_id(resource.uuid, backend_id)
        resource.backend_id = backend_id
        if remote_id:
            raise OrderWaitsError(ON_ITS_WAY)

    def _is_reserved(self, backend_id: str) -> bool:
        """Whether the id stands in Waldur: it did before, or this plan reserved it."""
        placement = self._seen.placement
        chosen = placement is not None and not placement.reserved
        return chosen or self._seen.resource.backend_id == backend_id

    def _remember_remote_order(self, remote_id: str) -> None:
        self._site.waldur.orders.set_backend_id(self._seen.order.uuid, remote_id)

    def _wait_for_remote(self, remote_id: str | None) -> None:
        """Asynchronous backends answer with the remote order's id: keep it and come back."""
        if remote_id and self._site.backend.supports_async_orders:
            self._remember_remote_order(remote_id)
            raise OrderWaitsError(ON_ITS_WAY)

    @_run.register
    def _(self, _step: steps.ReadBackId) -> None:
        resource = self._seen.resource
        self._ask(
            lambda: self._site.backend.sync_resource_effective_id(resource, self._site.client)
        )
        # The hook writes to Waldur; what follows must use the id that stands there now.
        resource.backend_id = self._site.waldur.resources.get(resource.uuid).backend_id.strip()

    @_run.register
    def _(self, step: steps.AddMembers) -> None:
        """Put members on the resource; whoever cannot be added does not hold up the order."""
        try:
            self.added = add_members(self._site.backend, self._seen.resource, step.roster)
        except Exception as error:
            verdict = judge(error, self._site.backend)
            if isinstance(verdict, OrderRefusedError):
                self._log.exception("members.failed", consequence="membership sync adds them")
                return
            raise verdict from error
        tell(self._seen.resource, self.added)

    @_run.register
    def _(self, _step: steps.ReportResource) -> None:
        report_resource(self._site.waldur, self._seen.resource, self._info)

    @_run.register
    def _(self, _step: steps.ProvisionKeys) -> None:
        provision_keys(self._site, self._seen.resource)

    @_run.register
    def _(self, step: steps.SetLimits) -> None:
        backend, resource = self._site.backend, self._seen.resource
        if not resource.backend_id.strip():
            raise OrderRefusedError(BackendError("The resource has no id on the backend."))
        if step.recompute:
            resource.limits = type(resource.limits)(step.limits)
            self._ask(lambda: backend._setup_resource_limits(resource.backend_id, resource))  # noqa: SLF001 - the 1.x contract names it so, and plugins override it
            return
        remote_id = self._ask(
            lambda: backend.set_resource_limits(resource.backend_id, _numbers(step.limits))
        )
        self._wait_for_remote(remote_id)

    @_run.register
    def _(self, step: steps.UpdateAttributes) -> None:
        self._ask(
            lambda: self._site.backend.update_resource_attributes(
                self._seen.resource, dict(step.attributes)
            )
        )

    @_run.register
    def _(self, _step: steps.DeleteOnBackend) -> None:
        self._wait_for_remote(self._ask(self._delete))

    def _delete(self) -> str | None:
        """Delete on the backend; what a plugin says is done is believed while its system answers.

        Plugins of the 1.x agent take an outage for "it is not there".
        """
        backend = self._site.backend
        remote_id = self._delete_what_is_there()
        if not remote_id and overrides(backend, "delete_resource") and not is_answering(backend):
            raise BackendUnavailableError(
                "the backend does not answer, so whether the resource was deleted is unknown"
            )
        return remote_id

    def _delete_what_is_there(self) -> str | None:
        """Delete; where a plugin lets its library say that there is nothing, a look decides."""
        backend, resource = self._site.backend, self._seen.resource
        try:
            return backend.delete_resource(resource, project_slug=self._seen.order.project_slug)
        except Exception as error:
            if says_gone(error) and look_up(backend, resource) is None:
                return None
            raise

    @_run.register
    def _(self, _step: steps.Complete) -> None:
        orders, uuid = self._site.waldur.orders, self._seen.order.uuid
        try:
            orders.set_done(uuid)
        except ConflictError as error:
            state = orders.get(uuid).state
            if state != OrderState.DONE:
                raise OrderLeftError(f"the order is {state} and cannot be completed") from error
        self.completed = True
        self._log.info("order.done")

    def _ask(self, hook: Callable[[], T]) -> T:
        """Call a plugin's hook and say what its failure means."""
        try:
            return hook()
        except Exception as error:
            raise judge(error, self._site.backend) from error


def _numbers(limits: Mapping[str, float]) -> dict[str, int]:
    """Waldur's limits as plugins expect them: whole numbers where they are whole."""
    return {name: int(v) if v == int(v) else v for name, v in limits.items()}  # type: ignore[misc]
