"""docs/operations.md names every measure, and its rules name none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from waldur_site_agent.metrics.measures import ALL, Measure, Shape

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
PARTS_OF_HISTOGRAMS = ("_count", "_sum", "_bucket")
RULES = yaml.safe_load(re.search(r"```yaml\n(groups:.*?)```", PAGE, re.DOTALL)[1])


def rows() -> dict[str, tuple[str, str]]:
    """Labels and words by metric."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| `waldur_site_agent_")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name.strip("`"): (labels, words) for name, labels, words in cells}


@pytest.mark.parametrize("measure", ALL, ids=lambda one: one.name)
def test_every_measure_is_there_with_its_labels_and_words(measure: Measure) -> None:
    labels = ", ".join(f"`{label}`" for label in measure.labels)

    assert rows()[measure.name] == (labels, measure.text)


def test_no_measure_is_there_that_is_none() -> None:
    assert set(rows()) == {measure.name for measure in ALL}


@pytest.mark.parametrize("rule", RULES["groups"][0]["rules"], ids=lambda one: one["alert"])
def test_the_rules_ask_for_series_that_there_are(rule: dict[str, str]) -> None:
    series = {measure.name: measure for measure in ALL}
    for measure in ALL:
        if measure.shape is Shape.HISTOGRAM:
            del series[measure.name]
            series |= {measure.name + part: measure for part in PARTS_OF_HISTOGRAMS}
    asked = re.findall(r"(waldur_site_agent_\w+)(?:\{(.*?)\})?", rule["expr"])

    assert asked
    for name, conditions in asked:
        assert set(re.findall(r"(\w+)[!=]=?~?\"", conditions)) <= set(series[name].labels)
