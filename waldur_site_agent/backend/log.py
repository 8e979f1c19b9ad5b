"""The logger that plugins share with the contract's own code."""

from __future__ import annotations

import logging

logger = logging.getLogger("waldur_site_agent.backend")
"""Takes %-style arguments, as 1.x plugins use it."""


def configure_logger(level: object = None, *_args: object, **_kwargs: object) -> logging.Logger:
    """Give a plugin's own command some logging; does nothing where logging is set up already.

    Kept for 1.x plugins. Inside the agent, which sets up its logs before it loads a plugin, this
    is without effect.

    Args:
        level: a level's name or number; ``INFO`` for anything else.

    Returns:
        The contract's logger.
    """
    if not logging.getLogger().hasHandlers():
        logging.basicConfig(level=_usable(level))
    return logger


def _usable(level: object) -> int:
    if isinstance(level, int):
        return level
    return logging.getLevelNamesMapping().get(str(level).upper(), logging.INFO)
