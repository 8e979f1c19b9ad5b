"""What a failed command of Slurm means, and what of its words may be repeated."""

from __future__ import annotations

import re

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError

_OUTAGE = re.compile(
    r"connection refused|connection timed out|connect failure|timed out"
    r"|unable to contact slurm|unable to connect to database|failed to open persistent connection"
    r"|sending persistinit|persistent connection init"
    r"|could not establish a configuration source|slurmdbd: .*(?:not|no) respon"
    r"|communication (?:connection|shutdown) failure|zero bytes were transmitted|broken pipe"
    r"|update cluster: .* to \S+ at |error connecting, bad data"
    r"|no route to host|network is unreachable|host is down|can't be reached now"
    r"|protocol authentication error|invalid authentication credential|munge encode failed"
    r"|unable to (?:open|read) .*slurm\.conf|incompatible versions",
    re.IGNORECASE,
)
_PASSING = re.compile(r"deadlock|lock wait timeout|try restarting transaction", re.IGNORECASE)
_JOBS_ACTIVE = re.compile(r"job\(s\) active", re.IGNORECASE)
_REFUSED_WITH_ZERO = re.compile(
    r"don't have access to their default qos|changes discarded|error with request", re.IGNORECASE
)
_PERSONAL = re.compile(
    r"(\bU(?:ser)? = |invalid user(?: name)?:? |\buser (?:where )?name=)\S+", re.IGNORECASE
)
_TABLE = re.compile(
    r"^ *(?:Users|Accounts|User Associations|Account Associations)$.*?^-{9,}$",
    re.MULTILINE | re.DOTALL,
)
_BLANKS = re.compile(r"\s+")
LONGEST = 500


class CommandRefusedError(BackendError):
    """Slurm's definite no."""


class JobsActiveError(CommandRefusedError):
    """Slurm does not remove what has jobs, until slurmdbd has heard that they ended."""


class PassingError(CommandRefusedError):
    """The database was busy with another writer: the same command may succeed in a moment."""


def failure(program: str, said: str) -> BackendError:
    """Say what a command's failure means.

    Returns:
        The error to raise: BackendUnavailableError where Slurm could not be asked.
    """
    text = f"{program.rsplit('/', 1)[-1]}: {presentable(said) or 'failed without a word'}"
    if _OUTAGE.search(said):
        return BackendUnavailableError(text)
    if _PASSING.search(said):
        return PassingError(text)
    if _JOBS_ACTIVE.search(said):
        return JobsActiveError(text)
    return CommandRefusedError(text)


def is_refusal(said: str) -> bool:
    """Whether a write was refused although its exit code is 0, as sacctmgr 22.05 does."""
    return bool(_REFUSED_WITH_ZERO.search(said))


def presentable(said: str) -> str:
    """Shorten a tool's words, and leave out users' names and the tables of a load."""
    text = _BLANKS.sub(" ", _PERSONAL.sub(r"\1***", _TABLE.sub("", said))).strip()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
