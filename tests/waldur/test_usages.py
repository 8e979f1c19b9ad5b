"""The gateway and the testkit's strict Mastermind agree about usages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from waldur_site_agent.waldur.connection import ConnectionSettings, RetryPolicy
from waldur_site_agent.waldur.errors import NotFoundError, RefusedError
from waldur_site_agent.waldur.gateway import Waldur
from waldur_site_agent.waldur.transport import Transport
from waldur_site_agent.waldur.usages import UserAmount
from waldur_site_agent_testkit.mastermind.direct import DirectTransport
from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world

if TYPE_CHECKING:
    import httpx2

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
AT_ONCE = RetryPolicy(attempts=1, first_wait=0, longest_wait=0, jitter=0)


class Unfiltering(DirectTransport):
    """A server that knows no filter of usages, and so answers for everything."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            kept = [(k, v) for k, v in request.url.params.multi_items() if k == "page_size"]
            request.url = request.url.copy_with(params=kept)
        return super().handle_request(request)


@pytest.fixture
def small() -> SmallWorld:
    small = small_world()
    small.world.clock.set(NOW)
    return small


def gateway(small: SmallWorld, door: type[DirectTransport] = DirectTransport) -> Waldur:
    settings = ConnectionSettings(
        api_url="https://waldur.test/api/", token=small.token, retries=AT_ONCE
    )
    return Waldur(Transport(settings, network=door(small.world)))


def resource_of(small: SmallWorld, name: str = "hpc_a") -> str:
    return small.world.add_resource(small.project, small.offering, name, backend_id=name).uuid


def test_totals_are_read_as_they_were_written(small: SmallWorld) -> None:
    uuid, waldur = resource_of(small), gateway(small)
    waldur.usages.set_totals(uuid, {"cpu": Decimal("1980.60")}, NOVEMBER)
    waldur.usages.set_totals(uuid, {"cpu": Decimal("3.00")}, OCTOBER)
    [row] = waldur.usages.totals(date(2026, 11, 1), offering_uuid=small.offering.uuid)
    assert (row.type, row.usage, row.resource_uuid) == ("cpu", Decimal("1980.60"), UUID(uuid))
    assert row.billing_period == date(2026, 11, 1)
    assert small.world.violations == []


def test_users_are_read_as_they_were_written(small: SmallWorld) -> None:
    uuid, waldur = resource_of(small), gateway(small)
    account = small.world.set_username(small.member, small.offering, "ada01")
    waldur.usages.set_totals(uuid, {"cpu": Decimal(5)}, NOVEMBER)
    [total] = waldur.usages.totals(date(2026, 11, 1), resource_uuid=uuid)
    amounts = [
        UserAmount(username="ada01", amount=Decimal("2.50"), account=UUID(account.uuid)),
        UserAmount(username="nobody", amount=Decimal("2.50")),
    ]
    waldur.usages.set_users(total.uuid, amounts, NOVEMBER)
    waldur.usages.set_user(total.uuid, UserAmount(username="nobody", amount=Decimal(1)), NOVEMBER)
    rows = waldur.usages.of_users(date(2026, 11, 1), resource_uuid=uuid)
    assert {row.username: row.usage for row in rows} == {
        "ada01": Decimal("2.50"),
        "nobody": Decimal("1.00"),
    }
    assert {row.component_usage_uuid for row in rows} == {total.uuid}
    [linked] = [u for u in small.world.state.user_usages.values() if u.account]
    assert linked.account is account
    assert small.world.violations == []


@pytest.mark.parametrize("of", ["offering_uuid", "resource_uuid"])
def test_rows_of_others_and_of_other_months_are_sifted_out(small: SmallWorld, of: str) -> None:
    mine, other = resource_of(small), resource_of(small, "hpc_b")
    elsewhere = small.world.add_offering(small.customer, "Other", components=("cpu",))
    small.world.add_plan(elsewhere)
    foreign = small.world.add_resource(small.project, elsewhere, "f", backend_id="f").uuid
    waldur = gateway(small, Unfiltering)
    for uuid in (mine, other, foreign):
        for moment in (OCTOBER, NOVEMBER):
            waldur.usages.set_totals(uuid, {"cpu": Decimal(1)}, moment)
    for usage in list(small.world.state.component_usages.values()):
        small.world.use_by_user(usage, "ada", "1.00")
    wanted = {"offering_uuid": small.offering.uuid, "resource_uuid": mine}[of]
    expected = {UUID(mine), UUID(other)} if of == "offering_uuid" else {UUID(mine)}
    totals = waldur.usages.totals(date(2026, 11, 1), **{of: wanted})
    assert {row.resource_uuid for row in totals} == expected
    assert {row.billing_period for row in totals} == {date(2026, 11, 1)}
    users = waldur.usages.of_users(date(2026, 11, 1), **{of: wanted})
    assert {row.resource_uuid for row in users} == expected


def test_a_server_without_the_bulk_call_says_so() -> None:
    old = small_world(lacks=("set_user_usages",))
    waldur = gateway(old)
    uuid = resource_of(old)
    waldur.usages.set_totals(uuid, {"cpu": Decimal(5)}, datetime.now(UTC))
    [total] = waldur.usages.totals(datetime.now(UTC).date().replace(day=1), resource_uuid=uuid)
    with pytest.raises(NotFoundError) as caught:
        waldur.usages.set_users(
            total.uuid, [UserAmount(username="ada", amount=Decimal(1))], NOVEMBER
        )
    assert caught.value.unrouted


def test_a_refusal_keeps_the_servers_words(small: SmallWorld) -> None:
    small.world.close_past()
    with pytest.raises(RefusedError, match="backfilling past billing periods"):
        gateway(small).usages.set_totals(resource_of(small), {"cpu": Decimal(1)}, OCTOBER)
