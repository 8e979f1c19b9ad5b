"""The plugin holds the contract, on a portal in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mup_stand_in.agent import backend_on
from mup_stand_in.portal import PASSWORD, MupStandIn

from waldur_site_agent_mup.schemas import MupBackendSettingsSchema
from waldur_site_agent_testkit.conformance import Conformance, Subject
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from mup_stand_in.portal import Asked

    from waldur_site_agent_testkit.conformance import Used


class TestMup(Conformance):
    def subject(self) -> Subject:
        mup = MupStandIn()

        def set_reachable(reachable: bool) -> None:
            mup.faults.clear()
            if not reachable:
                mup.faults.add(match="*", action=DropConnection(), times=None)

        def on_effect(tick: Callable[[], None]) -> None:
            def observe(asked: Asked, _phase: str) -> None:
                if asked.method != "GET":
                    tick()

            mup.observers.append(observe)

        def refuse(username: str) -> None:
            member = mup.user(username)
            mup.refused.add(member.id)

        def refuse_creation() -> None:
            mup.faults.add(match="POST allocations/add", action=Status(400), times=None)

        def use(used: Used) -> None:
            for name, amount in used.amounts.items():
                factor = {"cpu": 60}.get(name, 1)
                mup.use(
                    used.backend_id.replace("_cpu", f"_{name}"), **{used.username: amount * factor}
                )

        return Subject(
            backend=lambda: backend_on(mup),
            set_reachable=set_reachable,
            effects=mup.writes,
            on_effect=on_effect,
            refuse=refuse,
            refuse_creation=refuse_creation,
            use=use,
            know=mup.add_user,
            project_names=("Programme / GRANT-1 / Climate", "Programme / GRANT-2 / Ocean"),
            secrets=[PASSWORD],
            settings_schema=MupBackendSettingsSchema,
            wrong_settings={"api_url": "mup", "retries": -1, "password": ""},
        )
