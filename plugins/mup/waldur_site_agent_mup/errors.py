"""What MUP's answers mean for the work in hand, beside the contract's own exceptions."""

from __future__ import annotations

from waldur_site_agent.backend.exceptions import BackendError


class MupRefusedError(BackendError):
    """MUP's definite no (a 4xx). The text holds no personal data."""


class MupNotFoundError(MupRefusedError):
    """MUP itself says that there is no such thing: a 404 in JSON, not one of some proxy's."""
