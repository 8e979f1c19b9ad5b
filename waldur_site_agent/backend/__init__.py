"""The plugin contract: what a backend plugin builds on. Public, documented, stable.

Plugins subclass :class:`~waldur_site_agent.backend.backends.BaseBackend` and usually
:class:`~waldur_site_agent.backend.clients.BaseClient`. Names, import paths and constructor calls
are those of the 1.x agent.

Two kinds of units meet here. *Waldur units* are what people order and see (node-hours);
*backend units* are what the backend's own tools take (CPU-minutes). Clients speak backend units
only; every hook says which it means.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.backend.log import configure_logger, logger

__all__ = ["DEFAULT_RESOURCE_KEY_COUNT", "BackendType", "configure_logger", "logger"]

DEFAULT_RESOURCE_KEY_COUNT = 2
"""How many API keys a resource has, where the backend has keys."""


class BackendType(StrEnum):
    """Names of backends for ``BaseBackend.backend_type``; any other string will do as well.

    ``UNKNOWN`` is what no backend is: the agent refuses to work with it.
    """

    SLURM = "slurm"
    MOAB = "moab"
    MUP = "mup"
    CEPH_S3 = "ceph_s3"
    DIGITALOCEAN = "digitalocean"
    CUSTOM = "custom"
    UNKNOWN = "unknown"


def __getattr__(name: str) -> object:
    """Load the logger when it is asked for: logging costs more than the rest of this module."""
    if name not in ("logger", "configure_logger"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from waldur_site_agent.backend import log  # noqa: PLC0415 - see above

    return getattr(log, name)
