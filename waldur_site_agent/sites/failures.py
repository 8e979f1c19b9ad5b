"""What an exception out of a plugin's hook means, and which words of it may go to Waldur."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from waldur_site_agent.backend.answering import is_answering
from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.sites.outages import is_outage
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from waldur_site_agent.backend.backends import BaseBackend

GENERIC_SENTENCE = "The backend could not carry it out. The provider has the details."


class Meaning(StrEnum):
    """What a failure means for the object in hand."""

    LATER = "later"
    """Waldur's hiccup or bookkeeping, or a backend that is not ready: come back."""
    OUTAGE = "outage"
    """The backend could not be asked."""
    SILENCE = "silence"
    """It said something, but does not answer its ping: not to be believed."""
    REFUSAL = "refusal"
    """The backend's definite no, or a defect of the plugin."""


@dataclass(frozen=True)
class Words:
    """What goes to Waldur about a failed order or resource."""

    message: str
    traceback: str = ""


def meaning_of(error: Exception, backend: BaseBackend) -> Meaning:
    """Say what a failure means; asks the backend for a sign of life before it is called a no."""
    if isinstance(error, WaldurError | BackendNotReadyError):
        return Meaning.LATER
    if is_outage(error):
        return Meaning.OUTAGE
    return Meaning.REFUSAL if is_answering(backend) else Meaning.SILENCE


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
