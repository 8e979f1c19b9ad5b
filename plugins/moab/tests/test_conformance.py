"""The plugin holds the contract, on a MAM in the test's own process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent_moab.schemas import MoabBackendSettingsSchema
from waldur_site_agent_testkit.conformance import Conformance, Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.conformance import Used


class TestMoab(Conformance):
    @pytest.fixture(autouse=True)
    def _parts(self, make_mam: Callable[[], Any], make_backend_on: Callable[..., Any]) -> None:
        self.make_mam = make_mam
        self.make_backend_on = make_backend_on

    def subject(self) -> Subject:
        mam = self.make_mam()

        def set_reachable(reachable: bool) -> None:
            mam.is_up = reachable

        def on_effect(tick: Callable[[], None]) -> None:
            mam.before = mam.after = lambda program: None if "-list-" in program else tick()

        def use(used: Used) -> None:
            at = f"{used.year}-{used.month:02}-02T12:00:00"
            mam.charge(used.backend_id, used.username, str(used.amounts["deposit"]), at=at)

        return Subject(
            backend=lambda: self.make_backend_on(mam, mam_timezone="UTC"),
            set_reachable=set_reachable,
            effects=mam.writes,
            on_effect=on_effect,
            refuse=mam.state["strangers"].append,
            refuse_creation=lambda: mam.state["refuses"].append("mam-create-account"),
            use=use,
            settings_schema=MoabBackendSettingsSchema,
            wrong_settings={"mam_timezone": "Mars/Olympus", "command_timeout_seconds": 0},
        )
