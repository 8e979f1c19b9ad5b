"""The world's time: the real one, until a test sets it."""

from datetime import UTC, date, datetime, timedelta


class Clock:
    """Tells the time that the server stamps its objects with.

    It follows the real time, because the agent under test compares the server's stamps with its own
    clock. After `set` it stands still and moves by `advance` alone.
    """

    def __init__(self) -> None:
        """Start on the real time."""
        self._frozen: datetime | None = None
        self._shift = timedelta()

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
        return (self._frozen or datetime.now(UTC)) + self._shift

    def today(self) -> date:
        """Return the current day in UTC."""
        return self.now().date()

    def set(self, moment: datetime) -> None:
        """Stop the clock at `moment`, which must be aware."""
        if moment.tzinfo is None:
            raise ValueError(f"The clock needs a moment with a time zone, not {moment!r}.")
        self._frozen = moment.astimezone(UTC)
        self._shift = timedelta()

    def advance(self, *, seconds: float) -> None:
        """Move the clock, running or stopped, by `seconds`."""
        self._shift += timedelta(seconds=seconds)


def iso(moment: datetime | None) -> str | None:
    """Return a moment as Mastermind writes it: ISO 8601 with six digits and a Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def iso_day(day: date | None) -> str | None:
    """Return a date as Mastermind writes it, or nothing."""
    return None if day is None else day.isoformat()
