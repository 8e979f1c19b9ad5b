"""What to do about an offering user, given its state and what the username plugin says. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from waldur_site_agent.waldur.models.states import OfferingUserState

REQUESTED = OfferingUserState.REQUESTED
CREATING = OfferingUserState.CREATING
ERROR_CREATING = OfferingUserState.ERROR_CREATING
LINKING = OfferingUserState.PENDING_ACCOUNT_LINKING
VALIDATION = OfferingUserState.PENDING_ADDITIONAL_VALIDATION

ACTIONABLE = (REQUESTED, CREATING, ERROR_CREATING, LINKING, VALIDATION)
"""States in which a name is to be found; in the others there is one, or it is on its way out."""


@dataclass(frozen=True)
class Named:
    """The plugin knows or made a name."""

    username: str


@dataclass(frozen=True)
class Nameless:
    """The plugin has no name to give, and that is no error."""


@dataclass(frozen=True)
class Requires:
    """The user has something to do first, as the comment and the page tell."""

    state: OfferingUserState
    comment: str
    comment_url: str


@dataclass(frozen=True)
class Failed:
    """The backend that names users failed."""


Answer = Named | Nameless | Requires | Failed


@dataclass(frozen=True)
class BeginCreating:
    """Requested or erred → creating."""


@dataclass(frozen=True)
class CompleteValidation:
    """What the user had to do is done; Mastermind clears the comment."""


@dataclass(frozen=True)
class SetUsername:
    """Write the name; Mastermind makes the user OK."""

    username: str


@dataclass(frozen=True)
class SetRequirement:
    """Tell the user what is to be done."""

    state: OfferingUserState
    comment: str
    comment_url: str


@dataclass(frozen=True)
class SetError:
    """Creating failed; it is tried again in the next pass."""


Action = BeginCreating | CompleteValidation | SetUsername | SetRequirement | SetError


def plan_user(state: str, answer: Answer) -> tuple[Action, ...]:
    """Decide what is to be written about a user; nothing where it is already so."""
    if state not in ACTIONABLE:
        return ()
    match answer:
        case Named(username):
            waited = state in (LINKING, VALIDATION)
            return (*([CompleteValidation()] if waited else []), SetUsername(username))
        case Requires(required, comment, url):
            return _require(state, SetRequirement(required, comment, url))
        case Failed():
            return (SetError(),) if state in (REQUESTED, CREATING) else ()
        case Nameless():
            return ()


def _require(state: str, requirement: SetRequirement) -> tuple[Action, ...]:
    if state == requirement.state:
        return ()
    # Mastermind takes a requirement from every actionable state but Requested.
    return (BeginCreating(), requirement) if state == REQUESTED else (requirement,)
