"""Who keeps the figures: nobody, until a recorder is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent.metrics.measures import Measure

    Series = tuple[Measure, tuple[str, ...]]


class Recorder(Protocol):
    """Keeps figures. Any thread may call; nothing raises."""

    def record(self, measure: Measure, value: float, labels: Sequence[str]) -> None:
        """Add to a counter, observe for a histogram, set a gauge.

        Args:
            measure: of what.
            value: in the unit that its name ends in.
            labels: in the order of the measure's.
        """


class _Desk:
    """What this process records to, and what it may be asked for."""

    def __init__(self) -> None:
        self.recorder: Recorder | None = None
        self.watched: dict[Series, Callable[[], float]] = {}


_desk = _Desk()


def record_to(recorder: Recorder | None) -> None:
    """Keep figures with this recorder from now on; None for nowhere."""
    _desk.recorder = recorder


def record(measure: Measure, value: float, *labels: str) -> None:
    """Pass a figure on, if anybody wants it."""
    if _desk.recorder is not None:
        _desk.recorder.record(measure, value, labels)


def watch(measure: Measure, read: Callable[[], float], *labels: str) -> None:
    """Have a gauge read whenever somebody looks at it; a later reader takes an earlier's place."""
    _desk.watched[measure, labels] = read


def stop_watching(first_label: str) -> None:
    """Let go of all gauges whose first label has this value."""
    for series in [one for one in _desk.watched if one[1][:1] == (first_label,)]:
        del _desk.watched[series]


def watched() -> Iterator[tuple[Measure, tuple[str, ...], float]]:
    """Read everything that is watched."""
    for (measure, labels), read in list(_desk.watched.items()):
        yield measure, labels, read()
