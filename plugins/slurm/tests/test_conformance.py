"""The plugin holds the contract, on an emulated Slurm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent_testkit.conformance import Conformance, Subject

if TYPE_CHECKING:
    from collections.abc import Callable


class TestSlurm(Conformance):
    @pytest.fixture(autouse=True)
    def _parts(self, new_slurm: Callable[[], Any], make_backend_on: Callable[..., Any]) -> None:
        self.new_slurm = new_slurm
        self.make_backend_on = make_backend_on

    def subject(self) -> Subject:
        slurm = self.new_slurm()

        def set_reachable(reachable: bool) -> None:
            slurm.is_up = slurm.has_controller = reachable

        def on_effect(tick: Callable[[], None]) -> None:
            slurm.before = slurm.after = lambda _number: tick()

        return Subject(
            backend=lambda: self.make_backend_on(slurm, qos_paused="paused", qos_downscaled="slow"),
            set_reachable=set_reachable,
            effects=lambda: slurm.writes,
            on_effect=on_effect,
        )
