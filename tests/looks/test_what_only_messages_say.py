"""Keys, policies' settings and imports: what was asked for is done once, and told always."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_testkit.backends.memory import MemoryAccount
from waldur_site_agent_testkit.mastermind.faults import DropConnection, Status
from waldur_site_agent_testkit.mastermind.state import ApiKey, ApiKeyState

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = uuid4().hex
SETTINGS = {"fairshare": 100, "reset_raw_usage": True}


@pytest.fixture
def site(setting: object) -> object:
    setting.climate = setting.resource("hpc_climate", users=("ada",))
    setting.run()
    setting.told.clear()
    return setting


def add_key(site: object, client_id: str = "c1") -> ApiKey:
    store = site.world._store
    key = ApiKey(**store.birth(), resource=site.climate, client_id=client_id, api_key="old")
    return store.keep(site.world.state.api_keys, key)


def told(site: object, what: str) -> list[tuple[object, ...]]:
    return [row for row in site.told if row[0] == what]


def settings_told(site: object) -> list[dict[str, object]]:
    """The settings that the backend was told, without the times of their messages."""
    rows = [dict(settings) for _, account, settings in told(site, "periodic")]
    assert all(row.pop("timestamp") for row in rows)
    return rows


class TestKeyRotation:
    def test_the_backend_mints_and_waldur_gets_the_new_secret(self, site: object) -> None:
        key = add_key(site)
        site.world.rotate_key(key)
        site.run()
        assert (key.state, key.api_key) == (ApiKeyState.OK, "secret-1")
        assert told(site, "rotate") == [("rotate", "c1", {"c1"})]

    def test_keys_that_cannot_be_told_apart_are_unknown(self, site: object) -> None:
        key = add_key(site)
        add_key(site, client_id="")
        site.world.rotate_key(key)
        site.run()
        assert told(site, "rotate") == [("rotate", "c1", None)]

    def test_a_message_that_comes_twice_mints_once(self, site: object) -> None:
        key = add_key(site)
        site.world.rotate_key(key)
        site.post.waiting.append((99, site.post.waiting[-1][1]))
        site.run(messages=1)
        site.run()
        assert len(told(site, "rotate")) == 1

    def test_a_report_that_fails_is_repeated_without_minting_again(self, site: object) -> None:
        key = add_key(site)
        site.world.faults.add(match="set_key", action=Status(502), times=4)
        site.world.rotate_key(key)
        site.run()
        assert key.state is ApiKeyState.UPDATING
        site.settle()
        assert (key.state, key.api_key) == (ApiKeyState.OK, "secret-1")
        assert len(told(site, "rotate")) == 1

    def test_a_lost_answer_to_the_report_does_no_harm(self, site: object) -> None:
        key = add_key(site)
        site.world.faults.add(match="set_key", action=DropConnection(before=False), times=2)
        site.world.rotate_key(key)
        site.run()
        site.settle()
        assert (key.state, key.api_key) == (ApiKeyState.OK, "secret-1")

    def test_a_no_of_the_backend_is_told(self, site: object) -> None:
        key = add_key(site)
        site.system.refuses.add("rotate")
        site.world.rotate_key(key)
        site.run()
        assert key.state is ApiKeyState.ERRED
        assert "refuses" in key.error_message
        assert site.post.is_empty

    def test_an_outage_is_no_no(self, site: object) -> None:
        key = add_key(site)
        site.system.is_up = False
        site.world.rotate_key(key)
        site.run()
        assert key.state is ApiKeyState.UPDATING
        site.system.is_up = True
        site.settle()
        assert key.state is ApiKeyState.OK

    def test_a_report_that_waldur_refuses_is_said_to_be_refused(self, site: object) -> None:
        key = add_key(site)
        site.world.faults.add(match="set_key", action=Status(400))
        site.world.rotate_key(key)
        site.run()
        site.settle()
        assert key.state is ApiKeyState.ERRED
        assert len(told(site, "rotate")) == 1

    @pytest.mark.parametrize(("minutes", "state"), [(31, "OK"), (10, "Updating")])
    def test_a_lost_message_is_made_good_when_it_is_overdue(
        self, site: object, minutes: int, state: str
    ) -> None:
        key = add_key(site)
        site.post.is_up = False
        site.world.rotate_key(key)
        key.modified = key.modified.fromtimestamp(
            key.modified.timestamp() - 60 * minutes, tz=key.modified.tzinfo
        )
        site.reconcile()
        assert key.state == state


class TestPeriodicLimits:
    def test_settings_are_applied_and_the_policy_is_told(self, site: object) -> None:
        site.world.apply_periodic_limits(site.climate, POLICY, dict(SETTINGS))
        site.run()
        assert settings_told(site) == [SETTINGS]
        (verdict,) = site.world.state.periodic_verdicts
        assert (verdict.policy_uuid, verdict.success) == (POLICY, True)
        assert verdict.commands_executed == ["sacctmgr modify"]

    def test_of_several_for_one_policy_only_the_latest_are_applied(self, site: object) -> None:
        for share in (1, 2, 3):
            site.world.apply_periodic_limits(site.climate, POLICY, {"fairshare": share})
        site.run()
        assert settings_told(site) == [{"fairshare": 3}]

    def test_a_reset_of_usage_is_not_lost_to_a_later_message(self, site: object) -> None:
        """Only one message of a period asks for it; the backend may be down just then."""
        site.system.is_up = False
        site.world.apply_periodic_limits(site.climate, POLICY, dict(SETTINGS))
        site.run()
        between = site.world.clock.now().replace(tzinfo=None).isoformat()
        site.world.apply_periodic_limits(site.climate, POLICY, {"fairshare": 3})
        site.system.is_up = True
        site.settle()
        *_, settings = [settings for _, _, settings in told(site, "periodic")]
        assert settings["timestamp"] <= between
        assert settings_told(site)[-1] == {"fairshare": 3, "reset_raw_usage": True}

    def test_a_message_that_comes_again_brings_its_own_time(self, site: object) -> None:
        site.world.apply_periodic_limits(site.climate, POLICY, dict(SETTINGS))
        site.post.waiting.append((99, site.post.waiting[-1][1]))
        site.run(messages=1)
        site.run()
        moments = [settings["timestamp"] for _, _, settings in told(site, "periodic")]
        assert moments[0]
        assert len(set(moments)) == 1

    def test_each_policy_gets_its_verdict(self, site: object) -> None:
        other = uuid4().hex
        for policy in (POLICY, other):
            site.world.apply_periodic_limits(site.climate, policy, dict(SETTINGS))
        site.run()
        verdicts = site.world.state.periodic_verdicts
        assert {verdict.policy_uuid for verdict in verdicts} == {POLICY, other}

    def test_a_verdict_that_is_not_taken_is_repeated_without_applying_again(
        self, site: object
    ) -> None:
        site.world.faults.add(match="report-command-result", action=Status(502), times=4)
        site.world.apply_periodic_limits(site.climate, POLICY, dict(SETTINGS))
        site.run()
        assert not site.post.is_empty, "nobody else would say so again"
        site.settle()
        assert len(site.world.state.periodic_verdicts) == 1
        assert len(told(site, "periodic")) == 1
        assert site.post.is_empty

    def test_a_no_is_a_verdict(self, site: object) -> None:
        site.system.refuses.add("periodic")
        site.world.apply_periodic_limits(site.climate, POLICY, dict(SETTINGS))
        site.run()
        site.settle()
        (verdict,) = site.world.state.periodic_verdicts
        assert not verdict.success
        assert "refuses" in verdict.error_message

    def test_an_outage_is_told_once_and_success_when_it_is_over(self, site: object) -> None:
        site.system.is_up = False
        site.world.apply_periodic_limits(site.climate, POLICY, dict(SETTINGS))
        site.run()
        site.settle()
        site.system.is_up = True
        site.settle()
        verdicts = [verdict.success for verdict in site.world.state.periodic_verdicts]
        assert verdicts == [False, True]

    def test_a_backend_that_cannot_is_a_verdict(self, make: Callable[..., object]) -> None:
        setting = make()
        setting.settings = {"order_processing_backend": "bulk", "membership_sync_backend": "bulk"}
        resource = setting.resource("hpc_climate")
        setting.run()
        setting.world.apply_periodic_limits(resource, POLICY, dict(SETTINGS))
        setting.run()
        (verdict,) = setting.world.state.periodic_verdicts
        assert "does not support periodic settings" in verdict.error_message

    def test_a_resource_without_id_is_a_verdict(self, site: object) -> None:
        site.climate.backend_id = ""
        site.world.apply_periodic_limits(site.climate, POLICY, dict(SETTINGS))
        site.run()
        (verdict,) = site.world.state.periodic_verdicts
        assert not verdict.success


class TestImport:
    @pytest.fixture
    def cluster(self, site: object) -> object:
        for name, parent in (
            ("hpc_known", "p_climate"),
            ("hpc_stray", "p_nobody"),
            ("hpc_alien", "somebody"),
        ):
            site.system.accounts[name] = MemoryAccount(
                name=name, organization=parent, owner="", limits={"cpu": 600}
            )
        return site

    def test_what_belongs_to_a_project_is_told(self, cluster: object) -> None:
        asked = cluster.world.request_import(cluster.offering)
        cluster.run()
        (row,) = cluster.world.state.backend_resources.values()
        assert (row.backend_id, row.project) == ("hpc_known", cluster.project)
        assert row.backend_metadata == {"limits": {"cpu": 10}}
        assert asked.state == "Done"

    def test_a_request_that_is_answered_is_left_alone(self, cluster: object) -> None:
        cluster.world.request_import(cluster.offering)
        cluster.post.waiting.append((99, cluster.post.waiting[-1][1]))
        cluster.run(messages=1)
        cluster.run()
        assert len(cluster.world.state.backend_resources) == 1

    def test_what_was_told_before_is_not_told_twice(self, cluster: object) -> None:
        for _ in range(2):
            cluster.world.request_import(cluster.offering)
            cluster.run()
        assert len(cluster.world.state.backend_resources) == 1

    def test_a_no_of_the_backend_is_told(self, cluster: object) -> None:
        cluster.system.trouble("list", BackendError("no rights to list"), times=None)
        asked = cluster.world.request_import(cluster.offering)
        cluster.run()
        assert (asked.state, asked.error_message) == ("Erred", "no rights to list")

    def test_an_outage_leaves_the_request_open(self, cluster: object) -> None:
        cluster.system.is_up = False
        asked = cluster.world.request_import(cluster.offering)
        cluster.run()
        assert asked.state == "Processing"
        assert not cluster.post.is_empty
        cluster.system.is_up = True
        cluster.settle()
        assert asked.state == "Done"
        assert cluster.post.is_empty
