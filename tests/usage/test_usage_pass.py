"""What a pass over usage does to Waldur, as its users see it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.sites.choosing import UnknownResourceError
from waldur_site_agent.sites.stopping import StoppedError
from waldur_site_agent.usage.usage_pass import months_of_pass
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.usage.periods import Month

SET_USAGE = "/api/marketplace-component-usages/set_usage/"


class Gauge(BulkBackend):
    supports_decreasing_usage = True


# What is sent


def test_totals_and_users_arrive(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 1.005, "mem": 2}, grace={"cpu": 3})
    report = setting.run()
    assert setting.totals("hpc_one") == {"cpu": "4.01", "mem": "2.00"}
    assert setting.users("hpc_one") == {
        ("ada", "cpu"): "1.01",
        ("ada", "mem"): "2.00",
        ("grace", "cpu"): "3.00",
    }
    assert not report.failed
    assert report.counts["totals_sent"] == 2
    assert report.counts["users_sent"] == 3
    assert setting.world.violations == []


def test_a_second_pass_sends_nothing(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 1, "mem": 2})
    setting.run()
    setting.world.calls.clear()
    report = setting.run()
    assert setting.writes() == []
    assert report.counts["unchanged"] == 1


def test_only_what_changed_is_sent(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 1, "mem": 2}, grace={"cpu": 3})
    setting.run()
    setting.world.calls.clear()
    setting.use("hpc_one", ada={"cpu": 2, "mem": 2}, grace={"cpu": 3})
    setting.run()
    bodies = [call.body for call in setting.world.calls if call.method == "POST"]
    assert [one["type"] for one in bodies[0]["usages"]] == ["cpu"]
    assert [one["username"] for one in bodies[1]["usages"]] == ["ada"]
    assert len(bodies) == 2
    assert setting.totals("hpc_one") == {"cpu": "5.00", "mem": "2.00"}


def test_users_are_tied_to_their_accounts_and_the_unknown_sent_by_name(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 1}, stranger={"cpu": 1})
    report = setting.run()
    accounts = {u.username: u.account for u in setting.world.state.user_usages.values()}
    assert accounts["ada"].username == "ada"
    assert accounts["stranger"] is None
    assert not report.failed


def test_of_several_accounts_of_one_name_the_one_in_use_counts(setting: object) -> None:
    world = setting.world
    alive = world.set_username(world.add_user("one"), setting.offering, "mary")
    gone = world.set_username(world.add_user("another"), setting.offering, "mary")
    for operation in ("request_deletion", "set_deleting", "set_deleted"):
        world.move_account(gone, operation)
    setting.use("hpc_one", mary={"cpu": 1})
    setting.run()
    [usage] = world.state.user_usages.values()
    assert usage.account is alive


def test_many_users_go_in_few_calls(make: Callable[..., object]) -> None:
    setting = make(people=())
    setting.use("hpc_one", **{f"user{n:03}": {"cpu": 1} for n in range(301)})
    setting.run()
    assert setting.asked("set_user_usages") == 2
    assert len(setting.users("hpc_one")) == 301


def test_a_server_without_the_bulk_call_is_told_one_by_one(make: Callable[..., object]) -> None:
    setting = make(lacks=("set_user_usages",))
    setting.use("hpc_one", ada={"cpu": 1, "mem": 1}, grace={"cpu": 2})
    assert not setting.run().failed
    assert setting.asked("set_user_usages") == 1
    assert setting.users("hpc_one") == {
        ("ada", "cpu"): "1.00",
        ("ada", "mem"): "1.00",
        ("grace", "cpu"): "2.00",
    }


def test_one_user_who_is_refused_stops_no_other(setting: object) -> None:
    # Mastermind takes no blank name, and of many users takes all or none.
    setting.use("hpc_one", **{" ": {"cpu": 1}, "ada": {"cpu": 1}, "grace": {"cpu": 2}})
    report = setting.run()
    assert setting.users("hpc_one") == {("ada", "cpu"): "1.00", ("grace", "cpu"): "2.00"}
    assert setting.totals("hpc_one") == {"cpu": "4.00"}
    assert report.counts["refused"] == 1


# Idle, missing, not measured


def test_an_idle_resource_is_zero(setting: object) -> None:
    setting.run()
    assert setting.totals("hpc_one") == {"cpu": "0.00", "mem": "0.00"}
    setting.world.calls.clear()
    setting.run()
    assert setting.writes() == []


def test_nothing_is_told_of_what_could_not_be_measured(make: Callable[..., object]) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    setting.use("hpc_two", ada={"cpu": 1})
    setting.system.unmeasured["hpc_one"] = "the database is locked"
    report = setting.run()
    assert setting.totals("hpc_one") == {}
    assert setting.totals("hpc_two") == {"cpu": "1.00"}
    assert report.counts["unmeasured"] == 1
    assert report.failed


def test_an_old_plugins_failure_concerns_one_resource(make: Callable[..., object]) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    setting.backend_class = MemoryBackend
    october = setting.plan()[0].month.before()
    setting.use("hpc_two", october, ada={"cpu": 1})
    setting.system.unmeasured["hpc_one"] = "the database is locked"
    report = setting.run(months=[october])
    assert setting.totals("hpc_two", october) == {"cpu": "1.00"}
    assert setting.totals("hpc_one", october) == {}
    assert report.counts["unmeasured"] == 1


def test_a_plugin_that_raises_has_measured_nothing(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 1})
    setting.system.trouble("usage", RuntimeError("a defect"))
    report = setting.run()
    assert setting.writes() == []
    assert report.counts["unmeasured"] == 1
    setting.run()
    assert setting.totals("hpc_one") == {"cpu": "1.00"}


def test_a_report_that_is_none_is_not_believed(setting: object, november: Month) -> None:
    setting.system.usage[tuple(november)] = {"hpc_one": {"ada": {"cpu": 5}}}
    report = setting.run()
    assert setting.writes() == []
    assert report.counts["unmeasured"] == 1


def test_a_resource_that_the_backend_lost_is_left_out_and_told(
    make: Callable[..., object],
) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    del setting.system.accounts["hpc_one"]
    report = setting.run()
    assert report.counts["missing"] == 1
    assert report.failed
    assert setting.totals("hpc_one") == {}
    assert setting.totals("hpc_two") == {"cpu": "0.00", "mem": "0.00"}
    assert setting.known("hpc_one").state == "OK"


def test_a_resource_on_its_way_out_is_not_missed(setting: object) -> None:
    resource = setting.known("hpc_one")
    setting.world.order_terminate(resource)
    del setting.system.accounts["hpc_one"]
    for order in setting.world.state.orders.values():
        if order.type == "Terminate":
            setting.waldur.orders.approve(order.uuid)
    assert resource.state == "Terminating"
    assert not setting.run().failed


def test_usage_that_several_resources_would_pay_for_is_not_sent(setting: object) -> None:
    setting.world.add_resource(setting.project, setting.offering, "again", backend_id="hpc_one")
    setting.use("hpc_one", ada={"cpu": 1})
    report = setting.run()
    assert report.counts["unmeasured"] == 1
    assert setting.writes() == []


def test_an_outage_ends_the_pass_with_nothing_sent(setting: object) -> None:
    setting.system.is_up = False
    with pytest.raises(BackendUnavailableError):
        setting.run()
    assert setting.writes() == []


# What went down


def test_less_than_before_is_held_back(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 5, "mem": 1})
    setting.run()
    setting.use("hpc_one", ada={"cpu": 4, "mem": 2})
    report = setting.run()
    assert setting.totals("hpc_one") == {"cpu": "5.00", "mem": "1.00"}
    assert report.counts["held_back"] == 1
    assert report.failed


def test_only_the_component_is_held_back_where_the_settings_say_so(
    make: Callable[..., object],
) -> None:
    setting = make(omit_anomalous_usage_components=True)
    setting.use("hpc_one", ada={"cpu": 5, "mem": 1})
    setting.run()
    setting.use("hpc_one", ada={"cpu": 4, "mem": 2})
    report = setting.run()
    assert setting.totals("hpc_one") == {"cpu": "5.00", "mem": "2.00"}
    assert setting.users("hpc_one") == {("ada", "cpu"): "5.00", ("ada", "mem"): "2.00"}
    assert report.counts["held_back"] == 1


def test_a_resource_that_is_held_back_stops_no_other(make: Callable[..., object]) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    setting.use("hpc_one", ada={"cpu": 5})
    setting.run()
    setting.use("hpc_one", ada={"cpu": 1})
    setting.use("hpc_two", ada={"cpu": 1})
    setting.run()
    assert setting.totals("hpc_two") == {"cpu": "1.00", "mem": "0.00"}


def test_a_gauge_may_go_down(setting: object) -> None:
    setting.backend_class = Gauge
    setting.use("hpc_one", ada={"cpu": 5}, grace={"cpu": 1})
    setting.run()
    setting.use("hpc_one", ada={"cpu": 4})
    assert not setting.run().failed
    assert setting.totals("hpc_one") == {"cpu": "4.00"}
    assert setting.users("hpc_one") == {("ada", "cpu"): "4.00", ("grace", "cpu"): "0.00"}


def test_a_user_who_vanished_is_held_back_and_the_total_goes_on(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 5}, grace={"cpu": 1})
    setting.run()
    setting.use("hpc_one", ada={"cpu": 7})
    report = setting.run()
    assert setting.totals("hpc_one") == {"cpu": "7.00"}
    assert setting.users("hpc_one") == {("ada", "cpu"): "7.00", ("grace", "cpu"): "1.00"}
    assert report.counts["held_back"] == 1


def test_two_records_of_one_component_wait_for_a_person(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 5})
    setting.run()
    [usage] = setting.world.state.component_usages.values()
    setting.world.duplicate_usage(usage)
    setting.use("hpc_one", ada={"cpu": 9})
    report = setting.run()
    assert report.counts["held_back"] == 1
    assert usage.usage == 5


# Components


def test_components_that_waldur_does_not_bill_are_left_out(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 1, "gpu": 3, "setup": 1})
    report = setting.run()
    assert setting.totals("hpc_one") == {"cpu": "1.00"}
    assert not report.failed


def test_what_somebody_else_measures_is_not_set_to_zero(setting: object) -> None:
    resource = setting.known("hpc_one")
    setting.world.use(resource, "storage", "10.00", setting.world.clock.now())
    setting.use("hpc_one", ada={"cpu": 1, "storage": 0})
    assert not setting.run().failed
    assert setting.totals("hpc_one") == {"cpu": "1.00", "storage": "10.00"}
    setting.use("hpc_one", ada={"cpu": 1, "storage": 12})
    setting.run()
    assert setting.totals("hpc_one")["storage"] == "12.00"


# Months


def test_a_past_month_is_filed_as_that_month(setting: object, october: Month) -> None:
    setting.use("hpc_one", october, ada={"cpu": 7})
    setting.use("hpc_one", ada={"cpu": 1})
    setting.run(months=[october, october.before(-1)])
    assert setting.totals("hpc_one", october) == {"cpu": "7.00"}
    assert setting.totals("hpc_one") == {"cpu": "1.00"}
    assert setting.users("hpc_one", october) == {("ada", "cpu"): "7.00"}


@pytest.mark.parametrize(
    "zone", ["Etc/GMT+12", "America/Denver", "UTC", "Europe/Tallinn", "Pacific/Kiritimati"]
)
def test_a_month_is_filed_as_meant_in_every_zone(
    setting: object, zone: str, october: Month, november: Month
) -> None:
    setting.timezone = zone
    for month in (october, november):
        setting.use("hpc_one", month, ada={"cpu": month.month})
    setting.run(months=[october, november])
    assert setting.totals("hpc_one", october) == {"cpu": "10.00"}
    assert setting.totals("hpc_one", november) == {"cpu": "11.00"}
    assert len(setting.world.state.component_usages) == 2


def test_a_closed_month_is_left_alone_and_the_rest_goes_on(
    make: Callable[..., object], october: Month, november: Month
) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    setting.world.close_past()
    for name in ("hpc_one", "hpc_two"):
        setting.use(name, october, ada={"cpu": 7})
        setting.use(name, november, ada={"cpu": 1})
    report = setting.run(months=[october, november])
    assert not report.failed
    assert set(report.closed) == {october}
    assert setting.asked("set_usage") == 3, "one refusal speaks for the whole month"
    assert setting.totals("hpc_two") == {"cpu": "1.00"}


def test_a_backend_without_history_has_nothing_to_tell_of_the_past(
    setting: object, october: Month
) -> None:
    setting.backend_class = MemoryBackend
    report = setting.run(months=[october])
    assert setting.writes() == []
    assert report.counts["unrecorded"] == 1
    assert not report.failed


class AtMidnight(MemoryBackend):
    """Is asked a second before the month ends, and answers a second after it."""

    clock: time_machine.Coordinates

    def _get_usage_report(self, resource_backend_ids: list[str]) -> object:
        self.clock.move_to(datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC))
        return super()._get_usage_report(resource_backend_ids)


def test_a_pass_that_crosses_midnight_books_nothing_in_the_wrong_month(
    setting: object, november: Month
) -> None:
    december = november.before(-1)
    setting.backend_class = AtMidnight
    setting.use("hpc_one", ada={"cpu": 100})
    setting.use("hpc_one", december, ada={"cpu": 1})
    begun = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    with time_machine.travel(begun, tick=False) as AtMidnight.clock:
        report = setting.run()
        assert report.counts["unmeasured"] == 1
        assert setting.writes() == []
        setting.world.clock.set(datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC))
        months = months_of_pass("UTC", 1, now=datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC))
        setting.run(months=months)
    assert setting.totals("hpc_one", november) == {"cpu": "100.00"}
    assert setting.totals("hpc_one", december) == {"cpu": "1.00"}


def test_reading_costs_a_few_listings_however_many_resources_there_are(
    make: Callable[..., object],
) -> None:
    setting = make(resources=[f"hpc_{number}" for number in range(60)])
    setting.use("hpc_7", ada={"cpu": 1})
    setting.run()
    setting.world.calls.clear()
    setting.use("hpc_7", ada={"cpu": 2})
    setting.run()
    methods = [call.method for call in setting.world.calls]
    # Resources, offering, users; totals and users' usages; and what changed.
    assert methods.count("GET") == 5
    assert methods.count("POST") == 2


# Which resources


def test_a_pass_may_be_narrowed_to_a_resource(make: Callable[..., object]) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    setting.run("hpc_two")
    assert setting.totals("hpc_one") == {}
    assert setting.totals("hpc_two") == {"cpu": "0.00", "mem": "0.00"}


def test_a_resource_that_is_not_there_is_told(setting: object) -> None:
    with pytest.raises(UnknownResourceError, match="hpc_nine"):
        setting.run("hpc_nine")


def test_a_resource_that_waldur_refuses_stops_no_other(make: Callable[..., object]) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    setting.world.fail_resource(setting.known("hpc_one"), "broken")
    report = setting.run()
    assert report.counts["refused"] == 1
    assert setting.totals("hpc_two") == {"cpu": "0.00", "mem": "0.00"}
    assert setting.known("hpc_one").state == "Erred"
    assert setting.known("hpc_one").error_message == "broken"


# When Waldur fails


def test_what_waldur_did_not_answer_is_left_for_the_next_pass(
    make: Callable[..., object],
) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    setting.use("hpc_one", ada={"cpu": 1})
    setting.use("hpc_two", ada={"cpu": 1})
    setting.world.faults.add(match="set_usage", action=Status(502), times=2)
    report = setting.run()
    assert report.counts["left"] == 1
    assert setting.totals("hpc_two") == {"cpu": "1.00"}
    assert not setting.run().failed
    assert setting.totals("hpc_one") == {"cpu": "1.00"}
    assert setting.users("hpc_one") == {("ada", "cpu"): "1.00"}


def test_users_wait_while_the_total_to_which_they_belong_is_not_taken(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 1})
    setting.run()
    setting.use("hpc_one", ada={"cpu": 2})
    setting.world.faults.add(match="set_usage", action=Status(502), times=2)
    setting.run()
    assert setting.totals("hpc_one") == {"cpu": "1.00"}
    assert setting.users("hpc_one") == {("ada", "cpu"): "1.00"}


def test_nothing_is_sent_where_users_usages_cannot_be_read(setting: object) -> None:
    setting.use("hpc_one", ada={"cpu": 1})
    setting.run()
    setting.world.calls.clear()
    setting.use("hpc_one", ada={"cpu": 2})
    setting.world.faults.add(match="GET marketplace-component-user-usages/", action=Status(404))
    report = setting.run()
    assert setting.writes() == []
    assert report.counts["left"] == 1


def test_a_waldur_that_is_gone_is_not_asked_for_every_resource(
    make: Callable[..., object],
) -> None:
    setting = make(resources=[f"hpc_{number}" for number in range(6)])
    setting.world.faults.add(match="set_usage", action=DropConnection(before=True), times=None)
    report = setting.run()
    assert report.given_up
    assert report.counts["left"] == 3


def test_usages_that_cannot_be_listed_end_the_pass(make: Callable[..., object]) -> None:
    setting = make(resources=[f"hpc_{number}" for number in range(9)])
    setting.world.faults.add(
        match="GET marketplace-component-usages/", action=Status(502), times=None
    )
    with pytest.raises(WaldurError):
        setting.run()
    assert setting.writes() == []


def test_one_resource_whose_usages_cannot_be_read_stops_no_other(
    make: Callable[..., object],
) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    setting.world.faults.add(match="GET marketplace-component-usages/", action=Status(404))
    report = setting.run()
    assert report.counts["left"] == 1
    assert len(setting.world.state.component_usages) == 2


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("listing", ["component-usages", "component-user-usages"])
def test_where_an_offering_may_not_be_listed_each_resource_is(
    make: Callable[..., object], status: int, listing: str
) -> None:
    setting = make(resources=[f"hpc_{number}" for number in range(9)])
    setting.use("hpc_0", ada={"cpu": 1})
    setting.run()
    setting.use("hpc_0", ada={"cpu": 2})
    setting.world.calls.clear()
    setting.world.faults.add(match=f"GET marketplace-{listing}/", action=Status(status))
    report = setting.run()
    assert not report.failed
    assert setting.users("hpc_0") == {("ada", "cpu"): "2.00"}
    assert setting.asked("set_usage") == 1


# Stopping, and dry runs


def test_a_wish_to_end_is_heard_between_two_resources(make: Callable[..., object]) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))

    def stop_after_the_first() -> None:
        if setting.asked("set_usage"):
            raise StoppedError

    with pytest.raises(StoppedError):
        setting.run(check_stop=stop_after_the_first)
    assert setting.asked("set_usage") == 1
    assert setting.beats


def test_a_dry_run_tells_and_sends_nothing(make: Callable[..., object], november: Month) -> None:
    setting = make(resources=("hpc_one", "hpc_two", "hpc_three"))
    setting.use("hpc_one", ada={"cpu": 5})
    setting.run()
    setting.world.calls.clear()
    setting.use("hpc_one", ada={"cpu": 4})
    setting.use("hpc_two", ada={"cpu": 1})
    setting.system.unmeasured["hpc_three"] = "locked"
    planned = {one.resource: one for one in setting.plan()}
    assert setting.writes() == []
    assert [change.now for change in planned["hpc_two"].plan.totals] == [1]
    assert [held.before for held in planned["hpc_one"].plan.held_back] == [5]
    assert planned["hpc_three"].trouble == "locked"
    assert planned["hpc_two"].month == november


def test_backend_errors_of_a_plugins_own_are_words_not_traces(setting: object) -> None:
    setting.system.trouble("usage", BackendError("password=hunter2 refused"))
    [planned] = setting.plan()
    assert "hunter2" not in planned.trouble


def test_a_server_that_ignores_the_date_is_found_out_and_what_it_spoilt_is_put_right(
    make: Callable[..., object], october: Month, november: Month
) -> None:
    setting = make(resources=("hpc_one", "hpc_two"))
    setting.world.file_under_now()
    for name in ("hpc_one", "hpc_two"):
        setting.use(name, october.before(), ada={"cpu": 70, "mem": 1})
        setting.use(name, october, ada={"cpu": 80})
        setting.use(name, november, ada={"cpu": 3})
    report = setting.run(months=[october.before(), october, november])
    assert setting.asked("set_usage") == 3, "one that was misfiled, and both of November"
    assert report.failed
    assert set(report.closed) == {october.before(), october}
    for name in ("hpc_one", "hpc_two"):
        assert setting.totals(name)["cpu"] == "3.00"
        assert setting.users(name) == {("ada", "cpu"): "3.00"}
    setting.world.calls.clear()
    assert not setting.run(months=[november]).failed
    assert setting.writes() == []
