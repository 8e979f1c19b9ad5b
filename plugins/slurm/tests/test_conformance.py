"""The plugin holds the contract, on an emulated Slurm."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent_slurm.schemas import SlurmBackendSettingsSchema
from waldur_site_agent_testkit.conformance import Conformance, Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.conformance import Used


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

        def refuse_creation() -> None:
            slurm.takes_accounts = False

        return Subject(
            backend=lambda: self.make_backend_on(slurm, qos_paused="paused", qos_downscaled="slow"),
            set_reachable=set_reachable,
            effects=lambda: slurm.writes,
            on_effect=on_effect,
            refuse=slurm.unwanted.add,
            refuse_creation=refuse_creation,
            use=lambda used: note_job(slurm, used),
            settings_schema=SlurmBackendSettingsSchema,
            wrong_settings={"default_account_policy": "mine", "job_wait_seconds": -1},
        )


def note_job(slurm: Any, used: Used) -> None:
    """Account a job of an hour: 60000 CPU-minutes, or 61440 MB-minutes, are one Waldur unit."""
    start = int(datetime(used.year, used.month, 1, tzinfo=UTC).timestamp())
    jobs = slurm.accounting_since.setdefault(start, [])
    tres = f"cpu={used.amounts['cpu'] * 1000:g},mem={used.amounts['mem'] * 1024:g}M"
    run = f"{start}{len(jobs)}|then"
    jobs.append(f"{run}|COMPLETED|{used.backend_id}|{used.username}|3600|{tres}")
