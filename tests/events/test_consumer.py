"""From what happens in Waldur to hints, and back to an empty queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.events.keys import Kind
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.relay import Relay
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from waldur_site_agent.events.consumer import Consumer
    from waldur_site_agent.events.delivery import Delivery
    from waldur_site_agent.events.health import Health
    from waldur_site_agent.waldur.connection import OidcSettings

    from .conftest import Stand

REGISTER_QUEUE = "register_queue"


def order(stand: Stand, name: str = "One") -> str:
    return stand.world.order_create(stand.project, stand.offering, name).uuid


def kinds(delivery: Delivery) -> list[tuple[Kind, str]]:
    return [(hint.key.kind, hint.key.object) for hint in delivery.hints]


def only(consumer: Consumer) -> Health:
    (health,) = consumer.health()
    return health


def requests(stand: Stand, name: str) -> int:
    return sum(call.path.endswith(f"/{name}/") for call in stand.world.calls)


def test_an_order_is_handed_over_and_leaves_the_queue_once_the_work_is_done(stand: Stand) -> None:
    stand.consume()
    queue = stand.wait_for_reader()
    uuid = order(stand)
    delivery = stand.next()
    assert kinds(delivery) == [(Kind.ORDER, uuid)]
    assert delivery.hints[0].key.offering == stand.offering.uuid
    assert stand.broker.held(*queue) == 1
    delivery.ack()
    stand.wait_until_empty()
    delivery.ack()  # twice does no harm


def test_a_role_names_the_project_alone(stand: Stand) -> None:
    stand.world.add_resource(stand.project, stand.offering, "One", backend_id="a_1")
    stand.consume()
    stand.wait_for_reader()
    stand.world.grant(stand.world.add_user("ada"), stand.project)
    found = [kinds(stand.next()), kinds(stand.next())]
    assert [(Kind.PROJECT, stand.project.uuid)] in found
    assert [kind for keys in found for kind, _ in keys].count(Kind.USER) == 1


def test_what_needs_no_look_is_acknowledged_without_one(stand: Stand) -> None:
    stand.consume()
    stand.wait_for_reader()
    done = stand.world.order_create(stand.project, stand.offering, "One")
    stand.next().ack()
    stand.world.move_order(done, "approve_by_provider")
    stand.world.move_order(done, "set_state_done")  # tells of it, and nobody need look
    stand.wait_until_empty()
    assert stand.deliveries.empty()


def test_what_cannot_be_read_is_acknowledged_counted_and_told_once_without_its_words(
    stand: Stand, capfd: pytest.CaptureFixture[str]
) -> None:
    consumer = stand.consume()
    stand.wait_for_reader()
    for _ in range(3):
        stand.world.announce(stand.offering, "order", {"order_uuid": "ada@example.org"})
    stand.wait_until_empty()
    assert only(consumer).oddities == 3
    assert only(consumer).messages == 3
    told = capfd.readouterr().out
    assert told.count("events.odd_message") == 1
    assert "no_order_uuid" in told
    assert "ada" not in told


def test_no_more_is_out_than_the_prefetch_allows(stand: Stand) -> None:
    consumer = stand.consume()
    stand.wait_for_reader()
    for number in range(5):
        order(stand, f"Number {number}")
    first = [stand.next() for _ in range(3)]
    assert stand.deliveries.empty()
    first[1].ack()
    stand.next()
    assert only(consumer).messages == 4


def test_a_message_whose_connection_broke_before_its_work_was_done_comes_again(
    stand: Stand,
) -> None:
    stand.consume()
    stand.wait_for_reader()
    uuid = order(stand)
    lost = stand.next()
    stand.stomp.cut()
    again = stand.next()
    assert kinds(again) == kinds(lost) == [(Kind.ORDER, uuid)]
    lost.ack()  # too late, and no harm
    assert stand.broker.held(*stand.broker.queues()[0]) == 1
    again.ack()
    stand.wait_until_empty()
    assert requests(stand, REGISTER_QUEUE) == 1


def test_a_broker_that_is_away_at_the_start_delays_nothing_and_is_found_later(
    stand: Stand, capfd: pytest.CaptureFixture[str]
) -> None:
    stand.stomp.stop()
    consumer = stand.consume()
    wait_until("a try", lambda: "no connection" in only(consumer).reason)
    order(stand)
    assert only(consumer).working
    assert only(consumer).connected_since is None
    stand.stomp.start()
    stand.next().ack()
    assert only(consumer).down_since is None
    told = capfd.readouterr().out
    assert told.count("events.down") == 1
    assert told.count("events.connected") == 1


def test_a_long_outage_is_told_once(stand: Stand, capfd: pytest.CaptureFixture[str]) -> None:
    tries: list[object] = []
    stand.stomp.stop()
    with Relay(stand.stomp.port, greet=tries.append) as relay:
        consumer = stand.consume(stomp_ws_port=relay.port)
        wait_until("some tries", lambda: len(tries) > 3)
        assert only(consumer).down_since is not None
    assert capfd.readouterr().out.count("events.down") == 1


def test_a_queue_that_was_deleted_is_registered_anew(stand: Stand) -> None:
    stand.consume()
    stand.broker.delete_queue(*stand.wait_for_reader())
    stand.broker.wait_until(lambda broker: bool(broker.queues()))
    order(stand)
    stand.next().ack()
    assert requests(stand, REGISTER_QUEUE) == 2


def test_a_refused_login_is_told_as_such_and_cured_by_registering_anew(
    stand: Stand, capfd: pytest.CaptureFixture[str]
) -> None:
    stand.consume()
    stand.wait_for_reader()
    (consumer,) = stand.world.state.event_consumers.values()
    stand.broker.change_password(consumer.rmq_username, "another")
    stand.stomp.cut()
    order(stand)
    stand.next().ack()
    assert requests(stand, REGISTER_QUEUE) == 2
    told = capfd.readouterr().out
    assert "kind=login_refused" in told
    assert stand.agent.token not in told


def test_a_refused_token_of_an_identity_provider_is_renewed(
    stand: Stand, identity_provider: OidcSettings
) -> None:
    for number in range(1, 5):
        stand.world.accept_bearer(stand.agent, f"granted-{number}")
    stand.consume(oidc=identity_provider)
    stand.wait_for_reader()
    (consumer,) = stand.world.state.event_consumers.values()
    assert consumer.password == "granted-1"
    stand.broker.change_password(consumer.rmq_username, "another")
    stand.stomp.cut()
    order(stand)
    stand.next().ack()
    assert consumer.password in ("granted-2", "granted-3")


def test_where_the_broker_knows_no_token_of_an_identity_provider_the_owners_is_used(
    stand: Stand, identity_provider: OidcSettings, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(1, 5):
        stand.world.accept_bearer(stand.agent, f"granted-{number}", personal=False)
    stand.consume(oidc=identity_provider)
    stand.wait_for_reader()
    stand.stomp.cut()
    order(stand)
    stand.next().ack()
    assert stand.agent.token not in capfd.readouterr().out


def test_a_mastermind_that_is_down_is_asked_again(stand: Stand) -> None:
    stand.world.faults.add(match="POST */register_queue/", action=Status(503), times=4)
    stand.consume()
    stand.wait_for_reader()


def test_an_object_type_that_the_server_does_not_know_is_left_out(
    make_stand: Callable[..., Stand],
) -> None:
    stand = make_stand(unknown=["resource_api_key_rotation"])
    stand.consume()
    stand.wait_for_reader()
    (consumer,) = stand.world.state.event_consumers.values()
    assert "resource_api_key_rotation" not in consumer.object_types
    assert "order" in consumer.object_types


def test_an_older_server_gives_a_queue_for_each_object_type(
    make_stand: Callable[..., Stand],
) -> None:
    stand = make_stand(lacks=[REGISTER_QUEUE])
    consumer = stand.consume(membership_sync_backend="")
    stand.broker.wait_until(lambda b: sum(b.readers(*name) for name in b.queues()) == 2)
    uuid = order(stand)
    delivery = stand.next()
    assert kinds(delivery) == [(Kind.ORDER, uuid)]
    delivery.ack()
    stand.wait_until_empty()
    assert {health.name for health in consumer.health()} == {"order", "resource_api_key_rotation"}


def test_a_paused_consumer_hands_nothing_over_and_still_acknowledges(stand: Stand) -> None:
    consumer = stand.consume()
    queue = stand.wait_for_reader()
    order(stand, "One")
    in_hand = stand.next()
    consumer.pause()
    order(stand, "Two")
    in_hand.ack()
    stand.broker.wait_until(lambda broker: broker.held(*queue) == 1)
    assert stand.deliveries.empty()
    assert consumer.stop(seconds=5)
    stand.consume()
    assert stand.next().hints


def test_stopping_keeps_what_was_acknowledged_just_before(stand: Stand) -> None:
    consumer = stand.consume()
    queue = stand.wait_for_reader()
    order(stand)
    stand.next().ack()
    assert consumer.stop(seconds=5)
    assert stand.broker.held(*queue) == 0
    assert only(consumer).reason == "stopped"
    assert not only(consumer).working


def test_stopping_does_not_wait_for_a_try_to_come(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(lacks=["site-agent-identities"])
    consumer = stand.consume()
    wait_until("a refusal", lambda: "does not know the path" in only(consumer).reason)
    assert consumer.stop(seconds=5)


def test_a_mistake_in_handing_over_costs_the_connection_and_not_the_message(
    stand: Stand,
) -> None:
    seen: list[Delivery] = []

    def deliver(delivery: Delivery) -> None:
        seen.append(delivery)
        if len(seen) == 1:
            raise RuntimeError("a mistake of ours")
        stand.deliveries.put(delivery)

    consumer = stand.consume(deliver=deliver)
    stand.wait_for_reader()
    order(stand)
    assert kinds(stand.next()) == kinds(seen[0])
    assert only(consumer).working


def test_an_offering_that_wants_no_events_has_no_connection(stand: Stand) -> None:
    consumer = stand.consume(stomp_enabled=False)
    assert consumer.health() == ()
    assert requests(stand, REGISTER_QUEUE) == 0
