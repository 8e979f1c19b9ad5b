"""What may go wrong at a backend, and what each kind means for the work in hand."""

from __future__ import annotations


class BackendError(Exception):
    """The backend's "no".

    Raised out of an order's work, it ends the order as erred, with this text in front of the
    people who ordered (unless the backend does not even answer its ping). So the text says what
    was refused and what to do, and holds no secret and no personal data.
    """


class BackendUnavailableError(BackendError):
    """The backend could not be asked: a time-out, a missing binary, a lost connection.

    Says nothing about what is or is not there. Orders stay as they are and are tried again. It is
    a :class:`BackendError` so that 1.x plugins, which catch those, go on catching it.
    """


class DuplicateResourceError(BackendError):
    """The backend already has a resource under the id that a new one was to get.

    The agent then tries the next id.
    """


class UserNotProvisionedError(BackendError):
    """The user does not exist at the identity provider yet: tried again later, and no failure."""


class BackendNotReadyError(Exception):
    """Not now: leave the order alone and come back in the next pass.

    Not a :class:`BackendError`, so that a plugin's own handlers of those let it through.
    """


class _OfferingUserRequirementError(Exception):
    """The user has something to do before an account can be given."""

    def __init__(self, message: str = "", comment_url: str | None = None) -> None:
        """Say what the user is to do.

        Args:
            message: shown to the user as the comment.
            comment_url: the page where it is done.
        """
        super().__init__(message)
        self.message = message
        self.comment_url = comment_url


class OfferingUserAccountLinkingRequiredError(_OfferingUserRequirementError):
    """Raised by username backends: the user has to link an account first."""


class OfferingUserAdditionalValidationRequiredError(_OfferingUserRequirementError):
    """Raised by username backends: the user has to be validated further first."""
