"""What is done for an offering by events, what by polling, and how often."""

from __future__ import annotations

import pytest

from waldur_site_agent.config.models import Offering
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.tasks import Periods, all_tasks, tasks_on_events

PERIODS = Periods(orders=300.0, members=400.0, usage=1800.0, reconciliation=3600.0)
ORDERS, MEMBERS, USAGE = Role.ORDER_PROCESSING, Role.MEMBERSHIP_SYNC, Role.REPORTING
ALL = {
    "order_processing_backend": "memory",
    "membership_sync_backend": "memory",
    "reporting_backend": "memory",
}
ON_EVENTS = {**ALL, "stomp_enabled": True}


def offering(settings: dict[str, object]) -> Offering:
    return Offering.model_validate(
        {
            "name": "c",
            "waldur_api_url": "https://waldur.example.org/api/",
            "waldur_api_token": "t",
            "waldur_offering_uuid": "0" * 32,
            "backend_type": "memory",
            **settings,
        }
    )


@pytest.mark.parametrize(
    ("settings", "by_events", "polled"),
    [
        ({}, [], []),
        (ALL, [], [ORDERS, MEMBERS, USAGE]),
        (ON_EVENTS, [ORDERS, MEMBERS], [USAGE]),
        ({**ON_EVENTS, "stomp_membership_sync_enabled": False}, [ORDERS], [MEMBERS, USAGE]),
        ({**ON_EVENTS, "stomp_membership_sync_enabled": True}, [ORDERS, MEMBERS], [USAGE]),
        ({**ALL, "stomp_membership_sync_enabled": True}, [], [ORDERS, MEMBERS, USAGE]),
        ({**ON_EVENTS, "order_processing_backend": ""}, [MEMBERS], [USAGE]),
        ({**ON_EVENTS, "membership_sync_backend": ""}, [ORDERS], [USAGE]),
        ({**ON_EVENTS, "reporting_backend": ""}, [ORDERS, MEMBERS], []),
        ({"reporting_backend": "memory"}, [], [USAGE]),
        ({"stomp_enabled": True, "reporting_backend": "memory"}, [], [USAGE]),
    ],
)
def test_all_that_is_configured_is_done_in_one_way(
    settings: dict[str, object], by_events: list[Role], polled: list[Role]
) -> None:
    tasks = all_tasks(offering(settings), PERIODS)
    assert [task.role for task in tasks if task.by_events] == by_events
    assert [task.role for task in tasks if not task.by_events] == polled
    on_events = tasks_on_events(offering(settings), PERIODS)
    assert [task.role for task in on_events] == by_events


@pytest.mark.parametrize(
    ("settings", "seconds", "services"),
    [
        (ALL, [300.0, 400.0, 1800.0], ["order_process", "membership_sync", "report"]),
        (ON_EVENTS, [1800.0, 3600.0, 1800.0], ["event_process", "event_process", "report"]),
    ],
)
def test_each_has_its_own_period_and_its_own_name_in_waldur(
    settings: dict[str, object], seconds: list[float], services: list[str]
) -> None:
    tasks = all_tasks(offering(settings), PERIODS)
    assert [task.seconds for task in tasks] == seconds
    assert [task.service for task in tasks] == services
    assert [task.waiting_seconds for task in tasks] == [300.0, 400.0, 1800.0]


def test_a_short_reconciliation_looks_at_orders_as_often() -> None:
    periods = Periods(orders=300.0, members=300.0, usage=1800.0, reconciliation=60.0)
    tasks = all_tasks(offering(ON_EVENTS), periods)
    assert [task.seconds for task in tasks] == [60.0, 60.0, 1800.0]
