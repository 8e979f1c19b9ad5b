"""What an offering's limits are on the target, and back. Pure.

One unit of a component is so many units of each of its targets. Limits are whole numbers in
Waldur, so what the mapping makes is cut to whole numbers, and the way back is not a division: see
:meth:`LimitRules.followed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.component_mapping import ComponentMapper
from waldur_site_agent.backend.exceptions import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.component_types import Components


class LimitRules:
    """What an offering's components mean when they are limited."""

    def __init__(self, components: Components) -> None:
        """Read the components.

        Raises:
            ValueError: a factor is no number, or below zero.
        """
        self._mapper = ComponentMapper(components)

    @property
    def targets(self) -> set[str]:
        """The target's components that are limited or used."""
        return self._mapper.target_components

    @property
    def shared_targets(self) -> set[str]:
        """Those for which several of the source's components stand."""
        return {name for name, sources in self._mapper.reverse.items() if len(sources) > 1}

    def ordered(self, limits: Mapping[str, float]) -> dict[str, int]:
        """The target's limits for a new resource; what is no component here is left out."""
        known = {name: amount for name, amount in limits.items() if name in self._mapper.forward}
        return self._mapper.convert_limits_to_target(known)

    def updated(
        self, limits: Mapping[str, float], current: Mapping[str, float]
    ) -> dict[str, float] | None:
        """The target's limits after a change; None when they are so already.

        Args:
            limits: what changes on the source.
            current: all that the target has; what the change does not touch stays.

        Raises:
            BackendError: components that share a target are to change, and not all of them are
                given, so that the sum cannot be known.
        """
        self._require_whole_sums(limits)
        wanted = self.ordered(limits)
        if all(current.get(name) == amount for name, amount in wanted.items()):
            return None
        return {**current, **wanted}

    def _require_whole_sums(self, limits: Mapping[str, float]) -> None:
        for target, sources in self._mapper.reverse.items():
            names = {source.source_component for source in sources}
            if names & limits.keys() and not names <= limits.keys():
                raise BackendError(
                    f"Limits of {', '.join(sorted(names))} make up the target's {target!r} "
                    "together, so a change has to name all of them."
                )

    def read_back(self, target_limits: Mapping[str, float]) -> dict[str, int]:
        """The source's limits that led to the target's, as far as they can be known."""
        return self._mapper.invert_limits(target_limits)

    def followed(
        self, limits: Mapping[str, float], target_limits: Mapping[str, float]
    ) -> dict[str, float]:
        """The source's limits once they follow the target's.

        A component stays as it is while its amount leads to what the target has, be it by
        cutting; so what was ordered is never rewritten by its own echo. Targets that it shares
        with others say nothing about it, for what part of a sum is its own cannot be known.
        """
        there = self.ordered(limits)
        inverted = self.read_back(target_limits)
        changed = {
            name: amount
            for name, amount in inverted.items()
            if name not in limits or not self._is_held(name, there, target_limits)
        }
        return {**limits, **changed}

    def _is_held(
        self, name: str, there: Mapping[str, float], target_limits: Mapping[str, float]
    ) -> bool:
        """Whether the tightest of a component's own targets is as this component makes it."""
        own = [one for one in self._own_targets(name) if one in target_limits]
        return all(there[one] <= target_limits[one] for one in own) and any(
            there[one] == target_limits[one] for one in own
        )

    def _own_targets(self, name: str) -> list[str]:
        """The targets for which no other component stands."""
        return [
            mapping.target_component
            for mapping in self._mapper.forward[name]
            if mapping.factor and mapping.target_component not in self.shared_targets
        ]
