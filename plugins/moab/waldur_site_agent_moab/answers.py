"""What a failed command of MAM means, and what of its words may be repeated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.redaction import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable

_OUTAGE = re.compile(
    r"unable to connect|could not connect|cannot connect|connection (?:refused|reset|timed out)"
    r"|timed out|timeout|no route to host|network is unreachable|host is down|broken pipe"
    r"|name or service not known|database (?:is )?(?:down|unavailable|not available)|dbi connect",
    re.IGNORECASE,
)
LONGEST = 500


class CommandRefusedError(BackendError):
    """MAM's definite no."""


def failure(program: str, said: str, *, hidden: Iterable[str] = ()) -> BackendError:
    """Say what a command's failure means.

    Args:
        program: what was run.
        said: what it wrote.
        hidden: words that are not to be repeated: people's names.

    Returns:
        The error to raise: BackendUnavailableError where MAM's server could not be asked.
    """
    words = presentable(said, hidden=hidden) or "failed without a word"
    text = f"{program.rsplit('/', 1)[-1]}: {words}"
    return BackendUnavailableError(text) if _OUTAGE.search(said) else CommandRefusedError(text)


def presentable(said: str, *, hidden: Iterable[str] = ()) -> str:
    """Shorten a tool's words to one line, without what is to be hidden."""
    for word in hidden:
        said = re.sub(rf"(?<![\w.@-]){re.escape(word)}(?![\w@-])", HIDDEN, said)
    text = " ".join(said.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
