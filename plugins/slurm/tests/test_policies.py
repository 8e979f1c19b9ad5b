"""A policy's settings applied to an account."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

ENABLED = {"periodic_limits": {"enabled": True}}
SETTINGS = {
    "fairshare": 641,
    "limit_type": "GrpTRESMins",
    "grp_tres_mins": {"billing": 115500, "mem": 1536},
    "reset_raw_usage": True,
    "timestamp": "2026-11-01T00:00:00",
}


@pytest.fixture
def policies(slurm: Any, make_backend: Any, make_resource: Any) -> Any:
    """An offering with periodic limits, and an account that was used."""
    backend = make_backend(**ENABLED)
    backend.create_resource_with_id(make_resource(), "a_x1")
    slurm.accounts["a_x1"].used = 5000
    slurm.lines.clear()
    return backend


def test_an_account_becomes_what_the_policy_wants(slurm: Any, policies: Any) -> None:
    before = dict(slurm.accounts["a_x1"].limits)
    answer = policies.apply_periodic_settings("a_x1", SETTINGS)
    account = slurm.accounts["a_x1"]
    assert (answer["success"], answer["mode"]) == (True, "production")
    assert (account.fairshare, account.used) == ("641", 0)
    assert account.limits == {**before, "billing": 115500, "mem": 1536}
    told = [command.split(" set ")[1] for command in answer["commands_executed"]]
    assert told[:2] == ["Fairshare=641 GrpTRESMins=billing=115500,mem=1536", "RawUsage=0"]
    assert len(told) == 3


def test_a_message_that_comes_again_changes_nothing(slurm: Any, policies: Any) -> None:
    policies.apply_periodic_settings("a_x1", SETTINGS)
    slurm.accounts["a_x1"].used = 70
    slurm.lines.clear()
    answer = policies.apply_periodic_settings("a_x1", SETTINGS)
    assert answer == {"success": True, "mode": "production", "commands_executed": []}
    assert (slurm.writes, slurm.accounts["a_x1"].used) == ([], 70)


@pytest.mark.parametrize(
    ("timestamp", "used"),
    [("2026-12-01T00:00:00", 0), ("2026-10-31T23:59:59", 70), (None, 0)],
)
def test_usage_is_zeroed_once_for_each_later_message(
    slurm: Any, policies: Any, timestamp: str | None, used: int
) -> None:
    policies.apply_periodic_settings("a_x1", SETTINGS)
    slurm.accounts["a_x1"].used = 70
    policies.apply_periodic_settings("a_x1", {**SETTINGS, "timestamp": timestamp})
    assert slurm.accounts["a_x1"].used == used


def test_a_pause_between_two_messages_keeps_the_note(slurm: Any, make_backend: Any) -> None:
    backend = make_backend(**ENABLED, qos_paused="paused")
    backend.client.create_resource("a_x1", "Climate", "proj", "root")
    slurm.accounts["a_x1"].qos = {"extra"}
    backend.apply_periodic_settings("a_x1", SETTINGS)
    assert backend.pause_resource("a_x1")
    assert backend.restore_resource("a_x1")
    assert slurm.accounts["a_x1"].qos == {"extra"}
    slurm.accounts["a_x1"].used = 70
    backend.apply_periodic_settings("a_x1", SETTINGS)
    assert slurm.accounts["a_x1"].used == 70


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_command_a_second_message_completes_it(
    slurm: Any, policies: Any, killed: type[Exception], moment: str
) -> None:
    finished, number = False, 0
    while not finished:
        number += 1
        slurm.accounts["a_x1"].used = 5000
        slurm.accounts["a_x1"].fairshare, slurm.accounts["a_x1"].description = "1", "climate"
        stop_at = len(slurm.lines) + number

        def end(line: int, stop_at: int = stop_at) -> None:
            if line == stop_at:
                raise killed

        setattr(slurm, moment, end)
        try:
            policies.apply_periodic_settings("a_x1", SETTINGS)
            finished = True
        except killed:
            setattr(slurm, moment, lambda _line: None)
            assert policies.apply_periodic_settings("a_x1", SETTINGS)["success"]
        assert (slurm.accounts["a_x1"].used, slurm.accounts["a_x1"].fairshare) == (0, "641")
        slurm.lines.clear()
        assert policies.apply_periodic_settings("a_x1", SETTINGS)["commands_executed"] == []
    assert number > 4


def test_legacy_settings_change_nothing_and_ask_for_no_usage(slurm: Any, policies: Any) -> None:
    legacy = {"qos_threshold": {"billing": 1}, "grace_limit": 1.2, "carryover_details": {}}
    answer = policies.apply_periodic_settings("a_x1", legacy)
    assert (answer["success"], answer["commands_executed"]) == (True, [])
    assert slurm.programs == ["sacctmgr"]


def test_what_slurm_does_not_take_zeroes_nothing(slurm: Any, policies: Any) -> None:
    slurm.refused_words.add("GrpTRESMins=node=5")
    with pytest.raises(BackendError, match="no TRES known"):
        policies.apply_periodic_settings("a_x1", {**SETTINGS, "grp_tres_mins": {"node": 5}})
    assert slurm.accounts["a_x1"].used == 5000


def test_who_may_not_zero_usage_is_told_how_he_may(slurm: Any, policies: Any) -> None:
    slurm.admin_levels["waldur"] = "Operator"
    with pytest.raises(BackendError, match="modify user waldur set adminlevel=Administrator"):
        policies.apply_periodic_settings("a_x1", SETTINGS)
    assert slurm.accounts["a_x1"].fairshare == "641", "what he may do is done"


def test_a_controller_that_is_down_is_an_outage(slurm: Any, policies: Any) -> None:
    slurm.has_controller = False
    with pytest.raises(BackendUnavailableError):
        policies.apply_periodic_settings("a_x1", SETTINGS)
    slurm.has_controller = True
    policies.apply_periodic_settings("a_x1", SETTINGS)
    assert slurm.accounts["a_x1"].used == 0


def test_an_account_that_is_not_there_is_no_success(policies: Any) -> None:
    with pytest.raises(BackendError, match="no Slurm account 'a_gone'"):
        policies.apply_periodic_settings("a_gone", SETTINGS)


def test_the_sites_own_accounts_are_never_touched(slurm: Any, policies: Any) -> None:
    with pytest.raises(BackendError, match="site itself"):
        policies.apply_periodic_settings("root", SETTINGS)
    assert slurm.writes == []


def test_without_the_setting_nothing_is_applied(slurm: Any, backend: Any) -> None:
    answer = backend.apply_periodic_settings("a_x1", SETTINGS)
    assert (answer["success"], answer["reason"]) == (False, "periodic_limits_not_enabled")
    assert slurm.lines == []
    with pytest.raises(BackendError, match="no Slurm account"):
        backend.apply_periodic_settings("a_x1", SETTINGS, {"enabled": True})


def test_limits_of_jobs_that_users_inherit_are_not_taken_for_their_own(
    slurm: Any, policies: Any, make_resource: Any
) -> None:
    policies.add_users_to_resource(make_resource(), {"bob", "eve"})
    policies.begin_pass()
    policies.set_resource_user_limits("a_x1", "eve", {"cpu": 2})
    policies.apply_periodic_settings("a_x1", {"max_tres_mins": {"cpu": 60000, "mem": 61440}})
    assert policies.get_resource_user_limits("a_x1") == {"eve": {"cpu": 2}}
    slurm.lines.clear()
    like_the_accounts = {"cpu": 1, "mem": 1}
    policies.set_limits_of_users("a_x1", {"bob": {}, "eve": {"cpu": 2}})
    policies.set_limits_of_users("a_x1", {"bob": like_the_accounts})
    assert slurm.writes == [], "so it is, and there is nothing that could be cleared"
    policies.set_limits_of_users("a_x1", {"eve": {}})
    assert policies.get_resource_user_limits("a_x1") == {}
    policies.set_limits_of_users("a_x1", {"eve": like_the_accounts})
    assert len(slurm.writes) == 1
    policies.end_pass()
    assert policies.get_resource_user_limits("a_x1") == {}


# Trying out without a cluster


@pytest.fixture
def emulator() -> Iterator[Any]:
    """Something that takes settings as slurm-emulator does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            server.asked.append((self.path, json.loads(self.rfile.read(size))))
            self.send_response(server.status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Be quiet."""

    server: Any = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.status = [], 200
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def emulated(make_backend: Any, emulator: Any) -> Any:
    block = {"enabled": True, "emulator_mode": True, "emulator_base_url": f"{emulator.url}/"}
    return make_backend(periodic_limits=block)


def test_an_emulator_gets_the_settings_and_slurm_nothing(
    slurm: Any, emulated: Any, emulator: Any
) -> None:
    answer = emulated.apply_periodic_settings("a_x1", {**SETTINGS, "max_tres_mins": {"cpu": 5}})
    assert answer == {
        "success": True,
        "mode": "emulator",
        "commands_executed": [f"POST {emulator.url}/api/apply-periodic-settings"],
    }
    ((path, body),) = emulator.asked
    assert path == "/api/apply-periodic-settings"
    assert body == {
        "resource_id": "a_x1",
        "fairshare": 641,
        "grp_tres_mins": {"billing": 115500, "mem": 1536},
        "max_tres_mins": {"cpu": 5},
        "reset_raw_usage": True,
    }
    assert slurm.lines == []


def test_an_emulator_that_refuses_or_is_not_there(emulated: Any, emulator: Any) -> None:
    emulator.status = 500
    with pytest.raises(BackendError, match="answered 500"):
        emulated.apply_periodic_settings("a_x1", SETTINGS)
    with pytest.raises(BackendUnavailableError):
        emulated.apply_periodic_settings(
            "a_x1", SETTINGS, {"emulator_base_url": "http://127.0.0.1:9"}
        )


@pytest.mark.parametrize(
    ("block", "key"),
    [
        ({"limit_type": "GrpWall"}, "limit_type"),
        ({"emulator_base_url": "localhost:8080"}, "emulator_base_url"),
        ({"enabled": "perhaps"}, "enabled"),
    ],
)
def test_settings_that_cannot_be_worked_with(make_backend: Any, block: Any, key: str) -> None:
    with pytest.raises(BackendError, match=rf"backend_settings\.periodic_limits\.{key}: "):
        make_backend(periodic_limits=block)
