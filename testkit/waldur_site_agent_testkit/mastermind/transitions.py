"""The state machines of orders, resources and offering users: pure tables.

A transition names where it may start and where it ends. Mastermind answers a wrong start with 409
and the states that would have been right; `WrongStateError` carries those words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from waldur_site_agent_testkit.mastermind.state import (
    OfferingUserState,
    OrderState,
    OrderType,
    ResourceState,
)

S = TypeVar("S", bound=StrEnum)


class WrongStateError(Exception):
    """An operation that the object's state does not allow; the text is the server's."""

    def __init__(self, valid: tuple[StrEnum, ...]) -> None:
        """Name the states in which the operation is allowed."""
        super().__init__(f"Valid states for operation: {', '.join(valid)}.")


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """From where an operation leads where; no sources means from anywhere."""

    target: S
    sources: tuple[S, ...] | None = None

    def after(self, state: S) -> S:
        """Return the state that follows `state`.

        Raises:
            WrongStateError: The operation is not allowed in `state`.
        """
        if self.sources is not None and state not in self.sources:
            raise WrongStateError(self.sources)
        return self.target


_O = OrderState
PENDING: tuple[OrderState, ...] = (
    _O.PENDING_CONSUMER,
    _O.PENDING_PROVIDER,
    _O.PENDING_PROJECT,
    _O.PENDING_START_DATE,
)
UNFINISHED: tuple[OrderState, ...] = (*PENDING, _O.EXECUTING)

ORDER: Mapping[str, Transition[OrderState]] = {
    "approve_by_consumer": Transition(_O.PENDING_PROVIDER, (_O.PENDING_CONSUMER,)),
    "approve_by_provider": Transition(_O.EXECUTING, (_O.PENDING_PROVIDER,)),
    "reject_by_consumer": Transition(_O.REJECTED, (_O.PENDING_CONSUMER,)),
    "reject_by_provider": Transition(_O.REJECTED, (_O.PENDING_PROVIDER,)),
    "set_state_executing": Transition(_O.EXECUTING, (*PENDING, _O.ERRED)),
    "set_state_done": Transition(_O.DONE, (_O.EXECUTING,)),
    "set_state_erred": Transition(_O.ERRED),
    "cancel": Transition(_O.CANCELED, PENDING),
}

_R = ResourceState
STARTED: Mapping[OrderType, ResourceState] = {
    OrderType.CREATE: _R.CREATING,
    OrderType.RESTORE: _R.CREATING,
    OrderType.UPDATE: _R.UPDATING,
    OrderType.TERMINATE: _R.TERMINATING,
}
"""Where an order that begins to execute puts its resource."""

FINISHED: Mapping[OrderType, ResourceState] = {
    OrderType.CREATE: _R.OK,
    OrderType.RESTORE: _R.OK,
    OrderType.UPDATE: _R.OK,
    OrderType.TERMINATE: _R.TERMINATED,
}
"""Where an order that is done puts its resource."""

ORDERABLE: Mapping[OrderType, tuple[ResourceState, ...]] = {
    OrderType.UPDATE: (_R.OK,),
    OrderType.TERMINATE: (_R.OK, _R.ERRED),
    OrderType.RESTORE: (_R.TERMINATED,),
}
"""In which state a resource can be ordered to change."""

RESOURCE: Mapping[str, Transition[ResourceState]] = {
    "set_as_ok": Transition(_R.OK, (_R.ERRED,)),
    "set_as_erred": Transition(_R.ERRED),
}

_U = OfferingUserState
UNNAMED: tuple[OfferingUserState, ...] = (
    _U.REQUESTED,
    _U.CREATING,
    _U.PENDING_ACCOUNT_LINKING,
    _U.PENDING_ADDITIONAL_VALIDATION,
    _U.ERROR_CREATING,
)
"""A username that arrives in one of these makes the account OK."""

OFFERING_USER: Mapping[str, Transition[OfferingUserState]] = {
    "begin_creating": Transition(_U.CREATING, (_U.REQUESTED, _U.ERROR_CREATING)),
    "set_pending_account_linking": Transition(
        _U.PENDING_ACCOUNT_LINKING,
        (_U.CREATING, _U.ERROR_CREATING, _U.PENDING_ADDITIONAL_VALIDATION),
    ),
    "set_pending_additional_validation": Transition(
        _U.PENDING_ADDITIONAL_VALIDATION,
        (_U.CREATING, _U.ERROR_CREATING, _U.PENDING_ACCOUNT_LINKING),
    ),
    "set_validation_complete": Transition(
        _U.OK, (_U.PENDING_ACCOUNT_LINKING, _U.PENDING_ADDITIONAL_VALIDATION)
    ),
    "set_error_creating": Transition(
        _U.ERROR_CREATING,
        (
            _U.REQUESTED,
            _U.CREATING,
            _U.PENDING_ACCOUNT_LINKING,
            _U.PENDING_ADDITIONAL_VALIDATION,
        ),
    ),
    "set_ok": Transition(_U.OK, (*UNNAMED, _U.ERROR_DELETING, _U.REQUESTED_DELETION, _U.DELETING)),
    "request_deletion": Transition(
        _U.REQUESTED_DELETION,
        (
            _U.OK,
            _U.CREATING,
            _U.PENDING_ACCOUNT_LINKING,
            _U.PENDING_ADDITIONAL_VALIDATION,
            _U.ERROR_CREATING,
        ),
    ),
    "set_deleting": Transition(_U.DELETING, (_U.REQUESTED_DELETION, _U.ERROR_DELETING)),
    "set_deleted": Transition(_U.DELETED, (_U.REQUESTED, _U.DELETING)),
    "set_error_deleting": Transition(_U.ERROR_DELETING, (_U.REQUESTED_DELETION, _U.DELETING)),
}
