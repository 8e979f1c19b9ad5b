"""What a failure means for the order in hand.

Only the backend's definite "no" errs an order. Whatever could be better tomorrow, Waldur's
hiccup or the backend's outage, leaves the order as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.sites.failures import Meaning, meaning_of

if TYPE_CHECKING:
    from waldur_site_agent.backend.backends import BaseBackend


class OrderLeftError(Exception):
    """The order stays as it is; the message says why, for the log and the summary."""


class OrderWaitsError(OrderLeftError):
    """The order stays as it is, and nothing is wrong: something else has to happen first."""


class BackendOutageError(OrderLeftError):
    """The order stays as it is because the backend cannot be asked; so will the next ones."""


class OrderRefusedError(Exception):
    """A definite no, with the exception that says why."""

    def __init__(self, cause: Exception) -> None:
        """Keep the cause: its words may go to Waldur."""
        super().__init__(str(cause) or type(cause).__name__)
        self.cause = cause


class IdTakenError(Exception):
    """The id that was chosen turned out to belong to somebody else."""

    def __init__(self, backend_id: str) -> None:
        """Remember the id, so that the next look passes over it."""
        super().__init__(f"the backend already has {backend_id!r}, and it is not this resource's")
        self.backend_id = backend_id


def judge(error: Exception, backend: BaseBackend) -> Exception:
    """Say what an exception out of a plugin's hook means for the order.

    Returns:
        The exception to raise in its place: OrderLeftError, BackendOutageError or
        OrderRefusedError.
    """
    match meaning_of(error, backend):
        case Meaning.LATER:
            return OrderLeftError(str(error) or "the backend is not ready")
        case Meaning.OUTAGE:
            return BackendOutageError(str(error) or type(error).__name__)
        case Meaning.SILENCE:
            return BackendOutageError(f"the backend does not answer ({error})")
        case Meaning.REFUSAL:
            return OrderRefusedError(error)
