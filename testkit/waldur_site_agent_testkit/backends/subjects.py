"""The fake backends as subjects of the conformance suite; an example of every facet."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import TOTAL_ACCOUNT_USAGE
from waldur_site_agent.backend.utils import sum_dicts
from waldur_site_agent_testkit.backends.memory import SYSTEMS, MemoryBackend, MemorySystem
from waldur_site_agent_testkit.conformance.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.conformance.subject import Used

COMPONENTS = {
    "cpu": {"measured_unit": "h", "accounting_type": "limit", "label": "CPU", "unit_factor": 60},
    "mem": {"measured_unit": "h", "accounting_type": "limit", "label": "RAM", "unit_factor": 2},
}
NUMBERS = itertools.count()


def memory_subject(kind: type[MemoryBackend], **more: object) -> Subject:
    """A backend of this class, on a system in memory of its own.

    Args:
        kind: the class.
        **more: further ``backend_settings``.
    """
    name = f"conformance-{next(NUMBERS)}"
    system = SYSTEMS[name] = MemorySystem()
    settings = {"system": name, "allocation_prefix": "hpc_", **more}

    def set_reachable(reachable: bool) -> None:
        system.is_up = reachable

    def on_effect(tick: Callable[[], None]) -> None:
        system.on_effect = lambda _phase, _name: tick()

    def refuse(user: str) -> None:
        system.unwanted.add(user)

    return Subject(
        backend=lambda: kind(dict(settings), {key: dict(c) for key, c in COMPONENTS.items()}),
        set_reachable=set_reachable,
        effects=lambda: system.effects,
        on_effect=on_effect,
        refuse=refuse,
        refuse_creation=lambda: system.refuses.add("create"),
        use=lambda used: _use(system, used),
        homes=lambda: system.homes,
        close=lambda: SYSTEMS.pop(name),
    )


def _use(system: MemorySystem, used: Used) -> None:
    report = system.usage.setdefault((used.year, used.month), {})
    usage = report.setdefault(used.backend_id, {})
    for name in (TOTAL_ACCOUNT_USAGE, used.username):
        usage[name] = sum_dicts([usage.get(name, {}), used.amounts])
