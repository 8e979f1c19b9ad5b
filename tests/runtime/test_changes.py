"""What new settings change: offerings whose effective settings differ, and nothing else."""

from __future__ import annotations

import pytest

from waldur_site_agent.config.models import AgentConfiguration, Offering
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.plugins.loading import Loaded
from waldur_site_agent.runtime.changes import (
    OF_THE_LOG,
    OF_THE_START,
    OF_THE_WORK,
    Change,
    InForce,
    change_between,
)
from waldur_site_agent.runtime.tasks import Assignment, Task

ORDERS = Task(role=Role.ORDER_PROCESSING, by_events=False, seconds=300.0, waiting_seconds=300.0)
PLUGIN = Loaded(cls=object, name="memory", distribution="testkit", version="1")
ROOT_VALUES = {
    "timezone": "Europe/Tallinn",
    "global_proxy": "http://proxy.example.org:3128",
    "ca_bundle": "/etc/ssl/other.pem",
    "waldur_timeout_seconds": 5,
    "reporting_periods": 3,
    "api_key_final_report_days": 1,
    "expose_backend_error_details": False,
    "log_level": "DEBUG",
    "log_shipping": {"enabled": True},
    "sentry_dsn": "https://key@sentry.example.org/1",
    "elastic_apm_server_url": "https://apm.example.org",
    "http_host": "10.0.0.1",
    "http_port": 9464,
}


def uuid_of(number: int) -> str:
    return f"{number:032x}"


def assigned(name: str, number: int, **settings: object) -> Assignment:
    offering = Offering.model_validate(
        {
            "name": name,
            "waldur_api_url": "https://waldur.example.org/api/",
            "waldur_api_token": "t",
            "waldur_offering_uuid": uuid_of(number),
            "backend_type": "memory",
            "order_processing_backend": "memory",
            **settings,
        }
    )
    return Assignment(offering=offering, tasks=(ORDERS,), plugins={ORDERS.role: PLUGIN})


def in_force(*assignments: Assignment, unusable: tuple[str, ...] = (), **root: object) -> InForce:
    return InForce(
        configuration=AgentConfiguration.model_validate({"offerings": [], **root}),
        assignments={one.offering.name: one for one in assignments},
        unusable=unusable,
    )


A, B = assigned("A", 1), assigned("B", 2)
OTHER_TOKEN = assigned("A", 1, waldur_api_token="u")
OTHER_PREFIX = assigned("A", 1, backend_settings={"allocation_prefix": "x_"})
RENAMED = assigned("C", 1)


@pytest.mark.parametrize(
    ("new", "ended", "begun"),
    [
        ([A, B], "", ""),
        ([B, A], "", ""),
        ([OTHER_TOKEN, B], "A", "A"),
        ([OTHER_PREFIX, B], "A", "A"),
        ([A], "B", ""),
        ([A, B, assigned("C", 3)], "", "C"),
        ([RENAMED, B], "A", "C"),
        ([assigned("A", 2), assigned("B", 1)], "AB", "AB"),
    ],
)
def test_only_what_differs_ends_and_begins(new: list[Assignment], ended: str, begun: str) -> None:
    change = change_between(in_force(A, B), in_force(*new))
    assert (change.ended, change.begun) == (set(ended), set(begun))
    assert change.to.assignments == {one.offering.name: one for one in new}
    assert change.log_shipping is bool(ended or begun)


@pytest.mark.parametrize(
    ("new", "unusable", "ended", "held"),
    [
        ([B], ("A", uuid_of(1)), "", "A"),
        ([B], ("C", uuid_of(1)), "", "A"),
        ([B], (), "A", ""),
        ([B], ("C", uuid_of(3)), "A", ""),
        ([OTHER_TOKEN, B], ("C", uuid_of(3)), "A", ""),
        ([], ("A", "B"), "", "AB"),
    ],
)
def test_who_cannot_be_used_anew_goes_on_as_it_was(
    new: list[Assignment], unusable: tuple[str, ...], ended: str, held: str
) -> None:
    change = change_between(in_force(A, B), in_force(*new, unusable=unusable))
    assert (change.ended, change.held) == (set(ended), set(held))
    assert {name: change.to.assignments[name] for name in held} == {
        name: {"A": A, "B": B}[name] for name in held
    }


def test_who_was_held_begins_anew_once_it_can_be_used() -> None:
    held = change_between(in_force(A), in_force(unusable=("A",))).to
    assert change_between(held, in_force(OTHER_TOKEN)).begun == {"A"}
    assert change_between(held, in_force(A)).begun == set()
    assert change_between(held, in_force(B)).ended == {"A"}


def of_root(key: str) -> Change:
    return change_between(in_force(A, B), in_force(A, B, **{key: ROOT_VALUES[key]}))


@pytest.mark.parametrize("key", sorted(OF_THE_WORK))
def test_root_keys_of_the_work_have_every_offering_begin_anew(key: str) -> None:
    assert of_root(key).ended == of_root(key).begun == {"A", "B"}


@pytest.mark.parametrize("key", sorted(OF_THE_LOG | OF_THE_START))
def test_other_root_keys_leave_the_work_alone(key: str) -> None:
    change = of_root(key)
    assert not change.ended | change.begun
    assert change.needs_restart == ({key} & OF_THE_START)
    assert change.log_level is (key == "log_level")
    assert change.log_shipping is (key == "log_shipping")


def test_every_root_key_belongs_somewhere() -> None:
    known = OF_THE_WORK | OF_THE_LOG | OF_THE_START
    assert known == AgentConfiguration.model_fields.keys() - {"offerings"} == ROOT_VALUES.keys()
    assert len(known) == len(OF_THE_WORK) + len(OF_THE_LOG) + len(OF_THE_START)
