"""The plugin's settings as it uses them; the schema in :mod:`schemas` has checked them before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from waldur_site_agent.backend.exceptions import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class MoabSettings:
    """An offering's settings.

    Attributes:
        mam_bin_path: the folder of the ``mam-*`` commands; empty for the search path.
        mam_timezone: the zone in which MAM reads times; empty for this host's own.
        command_timeout_seconds: how long a command may take.
    """

    mam_bin_path: str = ""
    mam_timezone: str = ""
    command_timeout_seconds: float = 120.0

    @classmethod
    def from_dict(cls, raw: Mapping[str, object]) -> MoabSettings:
        """Take what the operator wrote.

        Raises:
            BackendError: it names the setting that cannot be used.
        """
        return cls(
            mam_bin_path=_text(raw, "mam_bin_path"),
            mam_timezone=_zone(raw, "mam_timezone"),
            command_timeout_seconds=_seconds(raw, "command_timeout_seconds", 120.0),
        )


def _text(raw: Mapping[str, object], key: str) -> str:
    value = raw.get(key)
    return "" if value is None else str(value).strip()


def _zone(raw: Mapping[str, object], key: str) -> str:
    name = _text(raw, key)
    if name and not is_zone(name):
        raise _bad(key, f"there is no time zone {name!r}")
    return name


def is_zone(name: str) -> bool:
    """Whether a name is one of a time zone, such as ``Europe/Tallinn``."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # The three that zoneinfo raises for names that are unknown, malformed or folders.
        return False
    return True


def _seconds(raw: Mapping[str, object], key: str, default: float) -> float:
    value = raw.get(key)
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    raise _bad(key, f"{value!r} is not a number of seconds above 0")


def _bad(key: str, why: str) -> BackendError:
    return BackendError(f"backend_settings.{key}: {why}")
