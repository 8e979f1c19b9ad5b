"""Figures that are kept for one test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.metrics import recording
from waldur_site_agent.metrics.prometheus import Figures

if TYPE_CHECKING:
    from collections.abc import Iterator


class Scraped:
    """What a scrape shows."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    @property
    def lines(self) -> list[str]:
        return self._figures.text().decode().splitlines()

    def __getitem__(self, series: str) -> float:
        """The value of one series, such as ``name{label="value"}``."""
        (line,) = [line for line in self.lines if line.startswith(f"{series} ")]
        return float(line.rpartition(" ")[2])

    def __contains__(self, series: str) -> bool:
        return any(line.startswith(f"{series} ") for line in self.lines)


@pytest.fixture
def scraped() -> Iterator[Scraped]:
    figures = Figures(most_series=3)
    recording.record_to(figures)
    yield Scraped(figures)
    recording.record_to(None)
