"""Backends for 1.x that pause by limits, restore to a default, and cannot tell how it stands."""

from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent_testkit.backends.memory import MemoryBackend

ORDERED = {"cpu": 10, "mem": 5}
"""Of the setting's resource, in Waldur units; the backend has 60 times as much CPU and twice the
memory."""


@pytest.fixture
def setting(make: Any) -> Any:
    class Default(MemoryBackend):
        """Restores to a limit that nobody ordered; a class of its own for each test."""

        def get_resource_status(self, resource_backend_id: str) -> None:
            """Not be able to tell."""

        def _quota(self, resource_backend_id: str, cpu: int) -> bool:
            limits = self.system.accounts[resource_backend_id].limits
            self.system.effect("quota", lambda: limits.update(cpu=cpu))
            return True

        def pause_resource(self, resource_backend_id: str) -> bool:
            return self._quota(resource_backend_id, 0)

        def downscale_resource(self, resource_backend_id: str) -> bool:
            return self._quota(resource_backend_id, 60)

        def restore_resource(self, resource_backend_id: str) -> bool:
            return self._quota(resource_backend_id, 99 * 60)

    setting = make()
    setting.backend_class = Default
    return setting


def account(setting: Any) -> Any:
    return setting.system.accounts["hpc_one"]


def only_resource(setting: Any) -> Any:
    (resource,) = setting.world.state.resources.values()
    return resource


def test_what_was_ordered_is_kept_on_both_sides(setting: Any) -> None:
    setting.run()

    assert account(setting).limits == {"cpu": 600, "mem": 10}
    assert only_resource(setting).limits == ORDERED


def test_it_is_asked_once_while_the_limits_stand(setting: Any) -> None:
    setting.run()
    setting.system.effects.clear()

    setting.run()

    assert setting.system.effects == []


@pytest.mark.parametrize("flag", ["pause", "downscale"])
@pytest.mark.parametrize("owner", ["backend", "waldur"])
def test_a_pause_is_no_order_and_its_end_brings_the_order_back(
    setting: Any, make: Any, flag: str, owner: str
) -> None:
    kind, setting = setting.backend_class, make(limits_owner=owner)
    setting.backend_class = kind
    getattr(setting.world, flag)(only_resource(setting))
    setting.run()
    setting.run()
    assert account(setting).limits["cpu"] < 600
    assert only_resource(setting).limits == ORDERED

    getattr(setting.world, flag)(only_resource(setting), **{f"{flag}d": False})
    setting.run()

    assert account(setting).limits == {"cpu": 600, "mem": 10}
    assert only_resource(setting).limits == ORDERED
