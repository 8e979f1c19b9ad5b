"""Mapping an offering's components to the backend's, where one stands for several.

A component may name ``target_components: {target: {factor: number}}``: one unit of it is that many
units of each target. A component without targets stands for itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.units import exact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent.backend.component_types import Component, Components


@dataclass(frozen=True)
class TargetMapping:
    """One unit of a source is ``factor`` units of this target."""

    target_component: str
    factor: float = 1.0


@dataclass(frozen=True)
class ReverseMapping:
    """``factor`` units of a target are one unit of this source."""

    source_component: str
    factor: float = 1.0


class ComponentMapper:
    """Turns limits into the backend's components, and usage and limits back."""

    def __init__(self, components: Components) -> None:
        """Read the mapping.

        Args:
            components: an offering's components, as a backend has them.

        Raises:
            ValueError: a factor is no number, or below zero.
        """
        self.forward: dict[str, list[TargetMapping]] = {
            name: _targets(name, component) for name, component in components.items()
        }
        self.reverse: dict[str, list[ReverseMapping]] = {}
        for source, targets in self.forward.items():
            for target in targets:
                back = ReverseMapping(source, target.factor)
                self.reverse.setdefault(target.target_component, []).append(back)

    @property
    def is_passthrough(self) -> bool:
        """Whether every component stands for itself."""
        return all(targets == [TargetMapping(source)] for source, targets in self.forward.items())

    @property
    def source_components(self) -> set[str]:
        """The offering's components."""
        return set(self.forward)

    @property
    def target_components(self) -> set[str]:
        """The backend's components."""
        return set(self.reverse)

    def convert_limits_to_target(self, source_limits: Mapping[str, float]) -> dict[str, int]:
        """Turn the offering's limits into the backend's.

        What several sources give to one target is added up; sums are cut to whole numbers. An
        unknown source stands for itself, with a warning.
        """
        totals: dict[str, Fraction] = {}
        for source, amount in source_limits.items():
            for mapping in self._targets_of(source):
                share = exact(amount) * exact(mapping.factor)
                name = mapping.target_component
                totals[name] = totals.get(name, Fraction(0)) + share
        return {name: int(total) for name, total in totals.items()}

    def convert_usage_from_target(self, target_usage: Mapping[str, float]) -> dict[str, float]:
        """Turn the backend's usage into the offering's, as the 1.x agent does.

        What a source's targets were used is added up, each by its factor; where several sources
        share a target, each is credited with all of it. So this is no way back for limits: see
        :meth:`invert_limits`. An unknown target is left out, with a warning.
        """
        totals: dict[str, Fraction] = {}
        for target, amount in target_usage.items():
            for mapping in self._sources_of(target):
                factor = exact(mapping.factor)
                share = exact(amount) / factor if factor else Fraction(0)
                name = mapping.source_component
                totals[name] = totals.get(name, Fraction(0)) + share
        return {name: float(total) for name, total in totals.items()}

    def invert_limits(self, target_limits: Mapping[str, float]) -> dict[str, int]:
        """Find the offering's limits that led to the backend's.

        Where the backend's limits are what :meth:`convert_limits_to_target` made of whole numbers,
        turning the answer forward gives them again. Where a source's targets contradict one
        another, because somebody changed them on the backend, the tightest counts.

        A source that shares each of its targets with others is left out: what part of a sum is
        its own cannot be known. So is one with no target among the limits.
        """
        found = ((source, self._invert(source, target_limits)) for source in self.forward)
        return {source: limit for source, limit in found if limit is not None}

    def _invert(self, source: str, target_limits: Mapping[str, float]) -> int | None:
        spans = [
            _span(exact(target_limits[mapping.target_component]), exact(mapping.factor))
            for mapping in self.forward[source]
            if mapping.factor
            and mapping.target_component in target_limits
            and len(self.reverse[mapping.target_component]) == 1
        ]
        return _least_common(spans) if spans else None

    def _targets_of(self, source: str) -> list[TargetMapping]:
        if source not in self.forward:
            logger.warning("The component %r is not configured; it is passed on as it is", source)
            return [TargetMapping(source)]
        return self.forward[source]

    def _sources_of(self, target: str) -> list[ReverseMapping]:
        if target not in self.reverse:
            logger.warning("No component stands for %r on the backend; it is left out", target)
        return self.reverse.get(target, [])


def _targets(name: str, component: Component) -> list[TargetMapping]:
    targets = component.get("target_components") or {}
    if not targets:
        return [TargetMapping(name)]
    return [TargetMapping(target, _factor(name, target, spec)) for target, spec in targets.items()]


def _factor(name: str, target: str, spec: object) -> float:
    value = spec.get("factor", 1.0) if isinstance(spec, dict) else getattr(spec, "factor", 1.0)
    where = f"backend_components.{name}.target_components.{target}.factor"
    try:
        negative = exact(value) < 0
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{where} is {value!r}; it should be a number above 0") from None
    if negative:
        raise ValueError(f"{where} is {value!r}; it should be a number above 0")
    return float(value)


def _span(limit: Fraction, factor: Fraction) -> tuple[Fraction, Fraction]:
    """The source amounts, from and up to but not including, that make a limit once it is cut."""
    if limit < 0:
        # Below zero stands for "none set" on some backends: nothing was cut there.
        return limit / factor, limit / factor + Fraction(1)
    return limit / factor, (limit + 1) / factor


def _least_common(spans: Sequence[tuple[Fraction, Fraction]]) -> int:
    """The least whole number in all spans, or in the tightest where they have none in common."""
    least = math.ceil(max(start for start, _ in spans))
    shared = least < min(stop for _, stop in spans)
    return least if shared else math.ceil(min(start for start, _ in spans))
