"""``-m report`` and the commands around usage, as processes of their own."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent.usage.periods import Month
from waldur_site_agent_testkit.mastermind.faults import Hang

if TYPE_CHECKING:
    from waldur_site_agent_testkit.mastermind.state import User

LOAD = "waldur_site_load_historical_usage"
COMPONENTS = "waldur_site_load_components"
ENTRY_POINTS = """\
[waldur_site_agent.backends]
metered = metered_plugin:Metered
forgetful = metered_plugin:Forgetful
"""
PLUGIN = '''\
"""Plugins that read usage from a file."""

import json
import pathlib

from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent_testkit.backends.memory import MemoryAccount

METER = pathlib.Path("meter.json")


class Metered(BulkBackend):
    def begin_pass(self):
        meter = json.loads(METER.read_text())
        for name in meter["accounts"]:
            self.system.accounts[name] = MemoryAccount(name=name, organization="", owner="")
        for month, report in meter["usage"].items():
            self.system.usage[tuple(map(int, month.split("-")))] = report
        self.system.unmeasured.update(meter.get("unmeasured", {}))


class Forgetful(BaseBackend):
    """Keeps no history."""

    def __init__(self, backend_settings, backend_components):
        super().__init__(backend_settings, backend_components)
        self.backend_type = "forgetful"

    def hook(self, *_):
        return {}

    ping = diagnostics = list_components = get_resource_metadata = hook
    _get_usage_report = _collect_resource_limits = _pre_create_resource = hook
    downscale_resource = pause_resource = restore_resource = hook
'''
NOW = Month.of(datetime.now(UTC), UTC)
LAST = NOW.before()


def report(**users: float) -> dict[str, dict[str, float]]:
    total = {"cpu": sum(users.values())}
    return {"TOTAL_ACCOUNT_USAGE": total, **{name: {"cpu": used} for name, used in users.items()}}


def meter(stand: object, usage: dict[str, object], **more: object) -> None:
    kept = {"accounts": ["hpc_a", "hpc_b"], "usage": usage, **more}
    (stand.folder / "meter.json").write_text(json.dumps(kept))


def used(stand: object, name: str = "hpc_a", month: Month = NOW) -> dict[str, Decimal]:
    world = stand.small.world
    resource = next(r for r in world.state.resources.values() if r.backend_id == name)
    return world.usages(resource, month.first_day)


@pytest.fixture
def site(stand: object) -> object:
    record = stand.folder / "metered-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: metered\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(ENTRY_POINTS)
    (stand.folder / "metered_plugin.py").write_text(PLUGIN)
    small = stand.small
    for name in ("a", "b"):
        small.world.add_resource(
            small.project, small.offering, name.upper(), backend_id=f"hpc_{name}"
        )
    small.world.set_username(small.member, small.offering, "ada01")
    stand.configure(stand.offering(plugin="metered", role="reporting"))
    meter(stand, {str(NOW): {"hpc_a": report(ada01=1.5)}})
    return stand


@pytest.fixture
def staff(site: object) -> User:
    return site.small.world.add_user("root", is_staff=True)


# The mode


def test_one_pass(site: object) -> None:
    ended = site.agent("-m", "report", "--once")
    assert ended.code == 0, ended.said
    assert used(site) == {"cpu": Decimal("1.50")}
    assert ended.event("usage.pass")["totals_sent"] == 4, "two resources, two months"
    assert ended.event("usage.pass")["months"] == [str(LAST), str(NOW)]


def test_what_was_not_measured_or_is_held_back_is_told_by_the_exit_code(site: object) -> None:
    site.agent("-m", "report", "--once")
    meter(site, {str(NOW): {"hpc_a": report(ada01=1)}}, unmeasured={"hpc_b": "locked"})
    ended = site.agent("-m", "report", "--once", "--period", str(NOW))
    assert ended.code == 1
    held = [one for one in ended.events() if one["event"] == "usage.held_back"]
    assert [one["totals"] for one in held] == [{"cpu": "1.50 -> 1.00"}]
    assert [one["users"] for one in held] == [0]
    assert ended.event("usage.unmeasured")["why"] == "locked"
    assert "ada01" not in ended.said
    assert used(site) == {"cpu": Decimal("1.50")}


def test_a_dry_run_prints_a_table(site: object) -> None:
    site.agent("-m", "report", "--once", "--period", str(NOW))
    before = site.writes()
    meter(site, {str(NOW): {"hpc_a": report(ada01=1)}, str(LAST): {"hpc_b": report(eve=12345.678)}})
    ended = site.agent("-m", "report", "--dry-run", "--period", str(NOW), "--period", str(LAST))
    assert ended.code == 0, ended.said
    assert site.writes() == before
    lines = ended.out.splitlines()
    assert lines[0] == "Offering Cluster:"
    assert lines[1].split() == [
        "resource",
        "period",
        "component",
        "user",
        "in",
        "Waldur",
        "measured",
    ]
    rows = [line.split() for line in lines[2:]]
    assert ["hpc_b", str(LAST), "cpu", "12345.68"] in rows
    assert ["hpc_b", str(LAST), "cpu", "eve", "12345.68"] in rows
    assert [*rows[-2][:5], "HELD"] == ["hpc_a", str(NOW), "cpu", "1.50", "1.00", "HELD"]
    assert lines[-1] == "  1 of 4 resources and months need nothing"
    ends = {line.index("12345.68") + len("12345.68") for line in lines if "12345.68" in line}
    assert ends == {lines[1].index("measured") + len("measured")}


def test_a_month_and_a_resource_may_be_chosen(site: object) -> None:
    meter(site, {str(LAST): {"hpc_a": report(ada01=7)}})
    ended = site.agent("-m", "report", "--once", "--period", str(LAST), "--resource", "hpc_a")
    assert ended.code == 0, ended.said
    assert used(site, month=LAST) == {"cpu": Decimal("7.00")}
    assert used(site) == {}
    assert used(site, "hpc_b", LAST) == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-m", "report", "--period", "soon"], "'soon' is no month; write it as YYYY-MM"),
        (["-m", "report", "--period", "2999-01"], "2999-01 has not begun"),
        (["-m", "order_process", "--period", "2026-01"], "--period belongs to -m report"),
        (["-m", "order_process", "--resource", "a"], "--resource belongs to"),
        (["-m", "report", "--force"], "--force belongs to -m membership_sync"),
    ],
)
def test_mistakes_on_the_command_line(site: object, words: list[str], said: str) -> None:
    ended = site.agent("--once", *words)
    assert ended.code == 2
    assert said in ended.err


def test_the_daemon_ends_when_it_is_told_to(site: object) -> None:
    with site.start("waldur_site_agent", "-c", str(site.config_file), "-m", "report") as process:
        for line in process.stdout:
            if "usage.pass" in line:
                break
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        process.communicate()


def test_a_month_that_waldur_has_closed_is_tried_once(site: object) -> None:
    meter(site, {str(LAST): {"hpc_a": report(ada01=7)}, str(NOW): {"hpc_a": report(ada01=1)}})
    site.small.world.close_past()
    site.variables["WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES"] = "0.001"
    passes, closed = [], 0
    with site.start("waldur_site_agent", "-c", str(site.config_file), "-m", "report") as process:
        for line in process.stdout:
            event = json.loads(line)
            closed += event["event"] == "usage.month_closed"
            passes += [event["months"]] if event["event"] == "usage.pass" else []
            if len(passes) == 3:
                break
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert passes == [[str(LAST), str(NOW)], [str(NOW)], [str(NOW)]]
    assert closed == 1
    assert used(site) == {"cpu": Decimal("1.00")}


# Loading history


def load(site: object, *words: str) -> object:
    period = ["-s", f"{LAST}-01", "-e", f"{LAST}-28"]
    known = ["-c", str(site.config_file), "-o", site.small.offering.uuid]
    return site.run(LOAD, *known, *period, *words)


@pytest.fixture
def history(site: object, staff: User) -> object:
    meter(site, {str(LAST): {"hpc_a": report(ada01=7)}})
    token = site.folder / "token"
    token.write_text(f"{staff.token}\n")
    site.small.world.close_past()
    return site


def test_history_is_loaded_with_a_token_from_a_file(history: object) -> None:
    ended = load(history, "--user-token-file", "token")
    assert ended.code == 0, ended.said
    assert used(history, month=LAST) == {"cpu": Decimal("7.00")}
    assert f"{LAST}: 2 resources, 1 totals and 1 users' amounts written" in ended.out


def test_history_is_loaded_with_a_token_from_the_environment(history: object, staff: User) -> None:
    history.variables["WALDUR_SITE_AGENT_USER_TOKEN"] = staff.token
    assert load(history).code == 0
    assert used(history, month=LAST) == {"cpu": Decimal("7.00")}


def test_a_second_run_writes_nothing(history: object) -> None:
    load(history, "--user-token-file", "token")
    before = history.writes()
    assert load(history, "--user-token-file", "token").code == 0
    assert history.writes() == before


def test_history_is_corrected_down_but_emptied_only_on_request(history: object) -> None:
    load(history, "--user-token-file", "token")
    meter(history, {str(LAST): {"hpc_a": report(ada01=5)}})
    assert load(history, "--user-token-file", "token").code == 0
    assert used(history, month=LAST) == {"cpu": Decimal("5.00")}
    meter(history, {})
    ended = load(history, "--user-token-file", "token")
    assert ended.code == 1
    assert "1 held back" in ended.out
    assert used(history, month=LAST) == {"cpu": Decimal("5.00")}
    assert load(history, "--user-token-file", "token", "--reconcile-stale").code == 0
    assert used(history, month=LAST) == {"cpu": Decimal("0.00")}
    [of_ada] = history.small.world.state.user_usages.values()
    assert of_ada.usage == 0


def test_a_part_that_is_not_loaded_is_told_by_the_exit_code(history: object) -> None:
    meter(history, {str(LAST): {"hpc_a": report(ada01=7)}}, unmeasured={"hpc_b": "locked"})
    ended = load(history, "--user-token-file", "token")
    assert ended.code == 1
    assert "1 not measured" in ended.out
    assert used(history, month=LAST) == {"cpu": Decimal("7.00")}


def test_users_may_be_skipped_and_resources_chosen(history: object) -> None:
    meter(history, {str(LAST): {"hpc_a": report(ada01=7), "hpc_b": report(ada01=1)}})
    words = ["--skip-user-usage", "--resource-backend-id", "hpc_b"]
    assert load(history, "--user-token-file", "token", *words).code == 0
    assert used(history, "hpc_b", LAST) == {"cpu": Decimal("1.00")}
    assert used(history, "hpc_a", LAST) == {}
    assert not history.small.world.state.user_usages


def test_a_dry_run_of_loading_writes_nothing(history: object) -> None:
    ended = load(history, "--user-token-file", "token", "--dry-run")
    assert ended.code == 0
    assert "7.00" in ended.out
    assert history.writes() == []


def test_who_is_no_staff_is_told_so(history: object) -> None:
    ended = load(history, "-t", history.small.token)
    assert ended.code == 1
    assert "not staff" in ended.err
    ended = load(history, "-t", history.small.token, "--no-staff-check")
    assert ended.code == 1
    assert "backfilling past billing periods" in ended.out
    assert used(history, month=LAST) == {}
    assert history.small.token not in ended.said


def test_a_waldur_that_ignores_the_date_is_left_as_it_was(history: object) -> None:
    history.agent("-m", "report", "--once", "--period", str(NOW))
    history.small.world.file_under_now()
    first = LAST.before()
    meter(history, {str(first): {"hpc_a": report(ada01=9)}, str(LAST): {"hpc_a": report(eve=7)}})
    words = ["-s", f"{first}-01", "--user-token-file", "token"]
    ended = load(history, *words)
    assert ended.code == 1
    assert f"{first}: 2 resources" in ended.out
    assert f"{LAST}:" not in ended.out, "no other month is tried"
    assert "files all usage under the current month" in ended.out
    assert used(history) == {"cpu": Decimal("0.00")}
    assert used(history, month=LAST) == {}


def test_a_backend_without_history_has_nothing_to_load(history: object) -> None:
    history.configure(history.offering(plugin="forgetful", role="reporting"))
    ended = load(history, "--user-token-file", "token", "--reconcile-stale")
    assert ended.code == 1
    assert "keeps no history" in ended.err


def test_an_interrupted_load_says_how_to_go_on(history: object, staff: User) -> None:
    history.small.world.faults.add(match="set_usage", action=Hang(seconds=3), times=1)
    words = ["-s", f"{LAST.before()}-01", "-e", f"{LAST}-28", "-t", staff.token]
    meter(history, {str(LAST.before()): {"hpc_a": report(ada01=1)}})
    known = ["-c", str(history.config_file), "-o", history.small.offering.uuid]
    with history.start(LOAD, *known, *words) as process:
        while not any("set_usage" in path for path in history.writes()):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Run it again" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "A user's token is needed"),
        (["--user-token-file", "nowhere"], 2, "cannot be read"),
        (["-t", "x", "-e", "1999-01-01"], 2, "before the start"),
        (["-t", "x", "-s", "2001-01-01"], 2, "more than 1825 days"),
        (["-t", "x", "-o", "7" * 32], 1, "no usable offering"),
        (["-t", "x"], 1, "Check the token"),
    ],
)
def test_mistakes_in_loading(history: object, words: list[str], code: int, said: str) -> None:
    ended = load(history, *words)
    assert ended.code == code
    assert said in ended.err
    assert used(history, month=LAST) == {}


# Components


CPU = "cpu: {measured_unit: h, accounting_type: limit, label: CPU, unit_factor: 60}"


def component(site: object, kind: str) -> object:
    return next(one for one in site.small.offering.components if one.type == kind)


def configure(site: object, *components: str) -> None:
    text = site.offering().replace(CPU, "\n      ".join(components))
    site.configure(text)


def run(site: object, *words: str) -> object:
    return site.run(COMPONENTS, "-c", str(site.config_file), *words)


def test_components_are_created_and_changed_where_they_differ(stand: object) -> None:
    component(stand, "cpu").limit_period = "annual"
    component(stand, "cpu").settings["article_code"] = "A1"
    configure(
        stand,
        "cpu: {measured_unit: core-hours, accounting_type: limit, label: CPU, max_value: 10}",
        "disk: {measured_unit: TB, accounting_type: usage, label: Disk, limit: 5}",
        "once: {measured_unit: x, accounting_type: one, label: Once, min_prepaid_duration: 2}",
    )
    ended = run(stand)
    assert ended.code == 0, ended.said
    assert "3 of 3 components written" in ended.out
    assert "measured_unit: hours -> core-hours" in ended.out
    assert "disk (new)" in ended.out
    cpu = component(stand, "cpu")
    assert (cpu.measured_unit, cpu.limit_period, cpu.unit_factor) == ("core-hours", "annual", 60)
    assert cpu.settings["article_code"] == "A1"
    assert cpu.settings["max_value"] == 10
    assert component(stand, "disk").billing_type == "usage"
    assert component(stand, "disk").settings["limit_amount"] == 5
    assert component(stand, "once").settings["is_prepaid"] is True
    assert component(stand, "mem").name == "RAM", "what the settings do not have stays"
    assert stand.small.world.violations == []
    before = stand.writes()
    assert "0 of 3 components written" in run(stand).out
    assert stand.writes() == before


def test_a_dry_run_of_components_shows_the_differences(stand: object) -> None:
    ended = run(stand, "--dry-run")
    assert ended.code == 0
    assert "1 of 1 components would be written" in ended.out
    assert "measured_unit: hours -> h" in ended.out
    assert stand.writes() == []


def test_a_component_that_is_refused_stops_no_other_and_is_told(stand: object) -> None:
    configure(
        stand,
        'cpu: {measured_unit: h, accounting_type: limit, label: " "}',
        "disk: {measured_unit: TB, accounting_type: usage, label: Disk}",
    )
    ended = run(stand)
    assert ended.code == 1
    assert "cpu: offerings.update_component" in ended.err
    assert component(stand, "disk").name == "Disk"
