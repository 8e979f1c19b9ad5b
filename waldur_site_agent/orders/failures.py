"""What a failure means for the order in hand.

Only the backend's definite "no" errs an order. Whatever could be better tomorrow, Waldur's
hiccup or the backend's outage, leaves the order as it is.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.orders.outages import is_outage
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from waldur_site_agent.backend.backends import BaseBackend

GENERIC_SENTENCE = "The backend could not carry out the order. The provider has the details."


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
        super().__init__(str(cause))
        self.cause = cause


class IdTakenError(Exception):
    """The id that was chosen turned out to belong to somebody else."""

    def __init__(self, backend_id: str) -> None:
        """Remember the id, so that the next look passes over it."""
        super().__init__(f"the backend already has {backend_id!r}, and it is not this resource's")
        self.backend_id = backend_id


@dataclass(frozen=True)
class Words:
    """What goes to Waldur about a failed order."""

    message: str
    traceback: str = ""


def judge(error: Exception, backend: BaseBackend) -> Exception:
    """Say what an exception out of a plugin's hook means for the order.

    Returns:
        The exception to raise in its place: OrderLeftError, BackendOutageError or
        OrderRefusedError.
    """
    if isinstance(error, WaldurError):
        return OrderLeftError(str(error))
    if isinstance(error, BackendNotReadyError):
        return OrderLeftError(str(error) or "the backend is not ready")
    if is_outage(error):
        return BackendOutageError(str(error) or type(error).__name__)
    if not is_answering(backend):
        return BackendOutageError(f"the backend does not answer ({error})")
    return OrderRefusedError(error)


def is_answering(backend: BaseBackend) -> bool:
    """Ask a backend for a sign of life; a ping that fails in any way is none."""
    try:
        return bool(backend.ping())
    except Exception:  # noqa: BLE001 - any failure of a plugin's ping means that it does not answer
        return False


def words_for_waldur(error: BaseException, *, expose: bool) -> Words:
    """Word a refusal for the people who ordered, as far as the operator allows.

    Args:
        error: what the plugin raised.
        expose: the ``expose_backend_error_details`` setting. Without it, a BackendError shows
            its text alone, and anything else a generic sentence.
    """
    said = str(error) if isinstance(error, BackendError) else ""
    if not expose:
        return Words(_fit(said or GENERIC_SENTENCE))
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return Words(_fit(said or f"{type(error).__name__}: {error}"), _fit("".join(lines)))


def _fit(text: str) -> str:
    """Make a text fit for Waldur: without secrets, and without the NUL its database refuses."""
    return scrub_secrets(text).replace("\x00", "")
