"""Which users still need a home directory."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def without_home(users: Iterable[str]) -> set[str]:
    """Users whom the system knows, and whose home directory is not there."""
    return {user for user in users if (home := _home(user)) and not home.is_dir()}


def _home(user: str) -> Path | None:
    try:
        return Path(pwd.getpwnam(user).pw_dir)
    except KeyError:
        return None
