"""Which users still need a home directory."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def without_home(users: Iterable[str], base_path: str = "") -> set[str]:
    """Users whom the system knows, and whose home directory is not there.

    Args:
        users: their names.
        base_path: the folder that homes are in; empty for where the system says.
    """
    return {user for user in users if (home := _home(user, base_path)) and not home.is_dir()}


def _home(user: str, base_path: str) -> Path | None:
    try:
        home = pwd.getpwnam(user).pw_dir
    except KeyError:
        return None
    return Path(base_path) / user if base_path else Path(home)
