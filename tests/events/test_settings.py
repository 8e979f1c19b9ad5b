"""Which events are asked for, where, and how patiently."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from waldur_site_agent.backend.structures import RemoteWaldur
from waldur_site_agent.config.models import Offering
from waldur_site_agent.events.broker import broker_of, broker_of_remote
from waldur_site_agent.events.object_types import ObjectType
from waldur_site_agent.events.pace import Pace
from waldur_site_agent.events.wanted import OF_MEMBERSHIP, OF_ORDERS, wanted_types
from waldur_site_agent.waldur.connection import ConnectionSettings


def offering(**settings: Any) -> Offering:
    return Offering.model_validate(
        {
            "name": "Cluster",
            "waldur_api_url": "https://waldur.example.org/api/",
            "waldur_api_token": "t",
            "waldur_offering_uuid": "e2ef0000000000000000000000000b01",
            "backend_type": "slurm",
            **settings,
        }
    )


ORDERS = {"order_processing_backend": "slurm"}
MEMBERS = {"membership_sync_backend": "slurm"}
PERIODIC = {"backend_settings": {"periodic_limits": {"enabled": True}}}
WANTED = [
    ({"stomp_enabled": True}, ()),
    ({"stomp_enabled": True, "reporting_backend": "slurm"}, ()),
    ({"stomp_enabled": True, **ORDERS}, OF_ORDERS),
    ({"stomp_enabled": True, **MEMBERS}, OF_MEMBERSHIP),
    ({"stomp_enabled": True, **ORDERS, **MEMBERS}, (*OF_ORDERS, *OF_MEMBERSHIP)),
    ({"stomp_enabled": True, **MEMBERS, "stomp_membership_sync_enabled": False}, ()),
    ({"stomp_enabled": True, **MEMBERS, "stomp_membership_sync_enabled": True}, OF_MEMBERSHIP),
    ({**ORDERS, **MEMBERS, "stomp_membership_sync_enabled": True}, ()),
    (
        {"stomp_enabled": True, "resource_import_enabled": True},
        (ObjectType.IMPORTABLE_RESOURCES,),
    ),
    ({"stomp_enabled": True, **PERIODIC}, (ObjectType.RESOURCE_PERIODIC_LIMITS,)),
    ({"stomp_enabled": True, "backend_settings": {"periodic_limits": None}}, ()),
]


@pytest.mark.parametrize(("settings", "types"), WANTED)
def test_an_offering_asks_for_what_somebody_works_on(
    settings: dict[str, Any], types: tuple[ObjectType, ...]
) -> None:
    assert wanted_types(offering(**settings)) == types


ADDRESSES = [
    ({}, "wss://waldur.example.org:443/rmqws-stomp"),
    ({"websocket_use_tls": False}, "ws://waldur.example.org:80/rmqws-stomp"),
    ({"verify_ssl": False}, "wss://waldur.example.org:443/rmqws-stomp"),
    ({"stomp_ws_host": "mq.example.org"}, "wss://mq.example.org:443/rmqws-stomp"),
    ({"stomp_ws_port": 15674, "stomp_ws_path": "ws"}, "wss://waldur.example.org:15674/ws"),
    ({"stomp_ws_host": "::1", "stomp_ws_path": "/ws"}, "wss://[::1]:443/ws"),
]


@pytest.mark.parametrize(("settings", "address"), ADDRESSES)
def test_the_broker_is_beside_the_api_unless_the_settings_say_otherwise(
    settings: dict[str, Any], address: str
) -> None:
    connection = ConnectionSettings(api_url="https://waldur.example.org/api/", token="t")
    assert broker_of(offering(**settings), connection).url == address


WAITS = [(0, 0.0, 1.0), (0, 1.0, 1.25), (1, 0.0, 2.0), (6, 0.0, 64.0), (7, 0.0, 120.0)]


@pytest.mark.parametrize(("failures", "chance", "seconds"), WAITS)
def test_waits_double_up_to_two_minutes_and_chance_adds_a_quarter(
    failures: int, chance: float, seconds: float
) -> None:
    assert Pace().wait(failures, chance=chance) == seconds


def test_a_year_of_failures_waits_no_longer() -> None:
    assert Pace().wait(10**9, chance=1.0) == 150.0


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ({}, "wss://b.example.org:4430/own-path"),
        ({"broker_host": "mq.example.org"}, "wss://mq.example.org:4430/own-path"),
        (
            {"broker_port": 15674, "broker_path": "ws", "broker_tls": False},
            "ws://b.example.org:15674/ws",
        ),
    ],
)
def test_another_waldurs_broker_is_not_looked_for_at_our_host(
    said: dict[str, object], address: str
) -> None:
    remote = RemoteWaldur(
        api_url="https://b.example.org/api/", token="t", offering_uuid=UUID(int=1)
    )
    ours = offering(stomp_ws_host="mq.a.example.org", stomp_ws_port=4430, stomp_ws_path="/own-path")
    connection = ConnectionSettings(api_url=remote.api_url, token=remote.token)
    assert broker_of_remote(replace(remote, **said), ours, connection).url == address
