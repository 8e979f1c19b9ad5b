"""How long to wait before the next try (pure)."""

from __future__ import annotations

from dataclasses import dataclass

MOST_DOUBLINGS = 20


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds: ``first``, doubled with every failure up to ``longest``.

    Up to ``jitter``, a share, is added by chance, so that many agents do not come at once.
    """

    first: float = 1.0
    longest: float = 120.0
    jitter: float = 0.25

    def wait(self, failures: int, *, chance: float) -> float:
        """Tell the seconds after so many failures before this one; ``chance`` is in 0..1."""
        doubled = self.first * 2.0 ** min(failures, MOST_DOUBLINGS)
        return self._with_jitter(min(doubled, self.longest), chance)

    def longest_wait(self, *, chance: float) -> float:
        """Tell the seconds where haste does not help."""
        return self._with_jitter(self.longest, chance)

    def _with_jitter(self, seconds: float, chance: float) -> float:
        return seconds * (1.0 + self.jitter * chance)
