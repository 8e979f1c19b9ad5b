"""The figures as Prometheus scrapes them.

Only who wants figures imports this module: the library costs some hundredths of a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from waldur_site_agent.metrics.measures import ALL, Measure, Shape
from waldur_site_agent.metrics.recording import watched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
MOST_SERIES = 1000
"""How many series of one measure are told apart; a plugin may run programs of many names."""
OTHERS = "other"

Kept: TypeAlias = Counter | Gauge | Histogram


class Figures:
    """A recorder that can be scraped."""

    def __init__(self, *, most_series: int = MOST_SERIES) -> None:
        """Begin at zero."""
        # Else each counter has a second series, which nobody reads.
        disable_created_metrics()
        self._most_series = most_series
        self._registry = CollectorRegistry()
        told = [measure for measure in ALL if measure.shape is not Shape.WATCHED]
        self._kept = {measure: _keep(measure, self._registry) for measure in told}
        self._seen: dict[Measure, set[tuple[str, ...]]] = {measure: set() for measure in told}
        self._registry.register(_Watched())
        ProcessCollector(registry=self._registry)

    def record(self, measure: Measure, value: float, labels: Sequence[str]) -> None:
        """Take a figure; see ``recording.Recorder``."""
        kept = self._kept[measure]
        series = kept.labels(*self._bounded(measure, tuple(labels))) if measure.labels else kept
        match series:
            case Counter():
                series.inc(value)
            case Gauge():
                series.set(value)
            case Histogram():
                series.observe(value)

    def text(self) -> bytes:
        """Write everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def _bounded(self, measure: Measure, labels: tuple[str, ...]) -> tuple[str, ...]:
        seen = self._seen[measure]
        if labels not in seen and len(seen) >= self._most_series:
            return (OTHERS,) * len(labels)
        seen.add(labels)
        return labels


def _keep(measure: Measure, registry: CollectorRegistry) -> Kept:
    match measure.shape:
        case Shape.COUNTER:
            return Counter(measure.name, measure.text, measure.labels, registry=registry)
        case Shape.GAUGE:
            return Gauge(measure.name, measure.text, measure.labels, registry=registry)
        case _:
            return Histogram(
                measure.name,
                measure.text,
                measure.labels,
                registry=registry,
                buckets=measure.bounds,
            )


class _Watched:
    """Gauges that are read when somebody looks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[Measure, GaugeMetricFamily] = {}
        for measure, labels, value in watched():
            family = families.setdefault(
                measure, GaugeMetricFamily(measure.name, measure.text, labels=measure.labels)
            )
            family.add_metric(labels, value)
        yield from families.values()
