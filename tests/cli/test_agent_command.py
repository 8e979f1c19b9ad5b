"""``waldur_site_agent`` as an administrator or a script runs it."""

from __future__ import annotations

import json
import signal

import pytest

from waldur_site_agent_testkit.mastermind.faults import Status

PERIOD = "WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES"


class TestOnce:
    """One pass, and an exit code that scripts can use."""

    def test_orders_become_accounts_and_all_is_well(self, stand: object) -> None:
        order = stand.order()
        ended = stand.agent("--once")
        assert (ended.code, ended.err) == (0, "")
        assert (order.state, order.resource.backend_id) == ("done", "hpc_a")

    def test_nothing_to_do_is_well(self, stand: object) -> None:
        assert stand.agent("--once").code == 0

    def test_every_line_of_an_order_names_its_offering_order_and_resource(
        self, stand: object
    ) -> None:
        order = stand.order()
        created = stand.agent("--once").event("backend.created")
        assert created["offering"] == "Cluster"
        assert created["order"] == order.uuid
        assert created["resource"] == order.resource.uuid

    def test_an_order_that_was_left_is_told_by_the_exit_code(self, stand: object) -> None:
        order = stand.order()
        match = f"/api/marketplace-provider-resources/{order.resource.uuid}/"
        stand.small.world.faults.add(match=match, action=Status(403), times=None)
        ended = stand.agent("--once")
        assert ended.code == 1
        assert "OFFERING.MANAGER" in ended.event("order.left")["why"]
        assert order.state == "pending-provider"

    def test_a_backend_that_refuses_the_pass_is_told_in_a_line(self, stand: object) -> None:
        stand.configure(stand.offering(plugin="grumpy"))
        order = stand.order()
        ended = stand.agent("--once")
        assert ended.code == 1
        assert ended.event("pass.failed")["why"] == "the licence of the cluster has run out"
        assert order.state == "pending-provider"

    def test_a_backend_that_calls_exit_ends_its_pass_alone(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(stand.offering(plugin="leaving"), stand.offering("Other", uuid=other.uuid))
        left, done = stand.order("A"), stand.order("B", other)
        assert stand.code_with_a_defect("--once") == 1
        assert (left.state, done.state) == ("pending-provider", "done")

    def test_the_heartbeat_is_renewed(self, stand: object) -> None:
        stand.agent("--once")
        assert stand.heartbeat.exists()

    def test_a_token_that_is_not_accepted_says_what_to_do(self, stand: object) -> None:
        stand.configure(stand.offering(token="0123456789abcdef0123456789abcdef01234567"))
        ended = stand.agent("--once")
        assert ended.code == 1
        assert "Check the token of the offering" in ended.event("pass.failed")["why"]
        assert "0123456789abcdef" not in ended.said

    def test_a_waldur_that_is_not_there_says_so(self, stand: object) -> None:
        stand.configure(
            "  - {name: Cluster, waldur_api_url: 'http://127.0.0.1:9/api/', waldur_api_token: t,\n"
            f"     waldur_offering_uuid: {stand.small.offering.uuid}, backend_type: memory,\n"
            "     order_processing_backend: memory}\n",
            before="waldur_timeout_seconds: 1\n",
        )
        ended = stand.agent("--once")
        assert ended.code == 1
        assert "no connection" in ended.event("pass.failed")["why"]


class TestDryRun:
    """What would be done, and none of it."""

    def test_the_plan_alone_is_on_stdout_and_nothing_is_written(self, stand: object) -> None:
        order = stand.order()
        ended = stand.agent("--dry-run")
        assert ended.code == 0
        assert ended.out.splitlines()[0] == "Offering Cluster:"
        assert "Create 'A' (pending-provider" in ended.out
        assert "reserve the id 'hpc_a' in Waldur" in ended.out
        assert order.state == "pending-provider"
        assert stand.writes() == []

    def test_what_is_logged_meanwhile_stands_on_stderr(self, stand: object) -> None:
        stand.configure(stand.offering(), before="log_level: DEBUG\n")
        ended = stand.agent("--dry-run")
        assert "{" not in ended.out
        assert json.loads(ended.err.splitlines()[0])

    def test_no_orders_are_told_too(self, stand: object) -> None:
        assert "no orders to work on" in stand.agent("--dry-run").out

    def test_a_backend_that_refuses_is_told_by_the_exit_code(self, stand: object) -> None:
        stand.configure(stand.offering(plugin="grumpy"))
        stand.order()
        ended = stand.agent("--dry-run")
        assert (ended.code, "licence" in ended.err) == (1, True)

    def test_a_backend_with_a_defect_spoils_its_own_plan_alone(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(stand.offering(plugin="leaving"), stand.offering("Other", uuid=other.uuid))
        stand.order("A")
        stand.order("B", other)
        ended = stand.agent("--dry-run")
        assert ended.code == 1
        assert "SystemExit" in ended.err
        assert "hpc_b" in ended.out

    def test_a_token_that_is_not_accepted_is_told_by_the_exit_code(self, stand: object) -> None:
        stand.configure(stand.offering(token="wrong"))
        ended = stand.agent("--dry-run")
        assert (ended.code, "Check the token" in ended.err) == (1, True)


class TestOfferings:
    """Several offerings, some of them broken or not asked for."""

    def test_a_broken_one_stops_only_itself_and_is_told(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(
            stand.offering("Broken", plugin="broken", uuid=other.uuid), stand.offering()
        )
        order = stand.order()
        ended = stand.agent("--once")
        assert (ended.code, order.state) == (1, "done")
        unusable = ended.event("offering.unusable")
        assert unusable["offering"] == "Broken"
        assert "plugins-for-tests" in unusable["problem"]
        assert "a_library_that_is_not_there" in unusable["problem"]

    def test_a_broken_one_that_was_not_asked_for_is_no_failure(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(
            stand.offering("Broken", plugin="broken", uuid=other.uuid), stand.offering()
        )
        assert stand.agent("--once", "--offering", "Cluster").code == 0

    def test_only_those_asked_for_are_worked_on(self, stand: object) -> None:
        other = stand.another("Other")
        stand.configure(stand.offering(), stand.offering("Other", uuid=other.uuid))
        mine, theirs = stand.order("A"), stand.order("B", other)
        assert stand.agent("--once", "--offering", "Other").code == 0
        assert (mine.state, theirs.state) == ("pending-provider", "done")

    def test_an_unknown_one_is_told_by_name(self, stand: object) -> None:
        ended = stand.agent("--once", "--offering", "Clutser")
        assert ended.code == 2
        assert "no offering named Clutser" in ended.err

    def test_nothing_usable_is_no_start(self, stand: object) -> None:
        stand.configure(stand.offering(plugin="broken"))
        ended = stand.agent("--once")
        assert ended.code == 2
        assert "a_library_that_is_not_there" in ended.said
        assert "No offering is left to work on" in ended.err

    def test_one_on_events_is_not_polled(self, stand: object) -> None:
        stand.configure(stand.offering() + "    stomp_enabled: true\n")
        order = stand.order()
        ended = stand.agent("--once")
        assert ended.code == 2
        assert "stomp_enabled" in ended.err
        assert order.state == "pending-provider"

    def test_one_that_waldur_does_not_know_stops_no_other(self, stand: object) -> None:
        lost = stand.offering("Lost", uuid="f" * 32)
        stand.configure(lost, stand.offering())
        order = stand.order()
        ended = stand.agent("--once")
        assert (ended.code, order.state) == (1, "done")
        failed = ended.event("pass.failed")
        assert failed["offering"] == "Lost"
        assert "It does not exist, or the token may not see it" in failed["why"]


class TestMistakes:
    """Mistakes of the person at the keyboard: a message, exit code 2, no traceback."""

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["-m", "orders"], "Invalid value for '-m'"),
            (["--onec"], "--onec"),
            (["frobnicate"], "No such command 'frobnicate'"),
            (["-c"], "requires an argument"),
        ],
    )
    def test_a_wrong_word(self, stand: object, words: list[str], message: str) -> None:
        ended = stand.run("waldur_site_agent", *words)
        assert ended.code == 2
        assert message in ended.err

    def test_no_configuration(self, stand: object) -> None:
        stand.config_file.unlink()
        ended = stand.agent("--once")
        assert ended.code == 2
        assert str(stand.config_file) in ended.err

    def test_no_configuration_where_none_was_named(self, stand: object) -> None:
        ended = stand.run("waldur_site_agent", "--once")
        assert ended.code == 2
        assert "waldur-site-agent-config.yaml" in ended.err

    def test_a_folder_for_a_configuration(self, stand: object) -> None:
        ended = stand.run("waldur_site_agent", "--once", "-c", str(stand.folder))
        assert ended.code == 2
        assert "directory" in ended.err

    @pytest.mark.parametrize(
        "text", ["", "offerings: [", "- a\n- b\n", "offerings: []\n", "\x00\x01", "offerings: 3\n"]
    )
    def test_a_file_that_is_no_configuration(self, stand: object, text: str) -> None:
        stand.config_file.write_text(text)
        ended = stand.agent("--once")
        assert ended.code == 2
        assert "config.yaml" in ended.said

    def test_bytes_that_are_no_text(self, stand: object) -> None:
        stand.config_file.write_bytes(b"offerings:\n  - name: \xff\xfe\n")
        ended = stand.agent("--once")
        assert ended.code == 2
        assert "config.yaml" in ended.err

    def test_several_mistakes_are_told_at_once(self, stand: object) -> None:
        text = stand.offering(url="ftp://waldur", plugin="slrum").replace("label: CPU", "lable: C")
        stand.configure(text)
        ended = stand.agent("--once")
        assert ended.code == 2
        for word in ("waldur_api_url", "slrum", "label"):
            assert word in ended.err


class TestPeriod:
    """How often it looks, from the environment."""

    def test_half_a_minute_is_a_period(self, stand: object) -> None:
        stand.variables[PERIOD] = "0.5"
        assert stand.agent("--once").code == 0

    @pytest.mark.parametrize("nonsense", ["soon", "0", "-1", "nan", "5 min"])
    def test_nonsense_is_told_by_the_name_of_the_variable(
        self, stand: object, nonsense: str
    ) -> None:
        stand.variables[PERIOD] = nonsense
        ended = stand.agent("--once")
        assert ended.code == 2
        assert PERIOD in ended.err
        assert nonsense in ended.err


class TestEnding:
    """SIGTERM: the step in hand is finished, the next one is not begun."""

    @pytest.mark.parametrize(("words", "code"), [((), 0), (("--once",), 1)])
    def test_between_two_steps(self, stand: object, words: tuple[str, ...], code: int) -> None:
        order = stand.order()
        running: list[object] = []

        def at_the_approval(call: object, phase: str) -> None:
            if phase == "before" and "approve_by_provider" in call.path:
                running[0].send_signal(signal.SIGTERM)

        stand.small.world.on_call(at_the_approval)
        config = str(stand.config_file)
        with stand.start("waldur_site_agent", "-c", config, *words) as process:
            running.append(process)
            out, _ = process.communicate(timeout=60)
        assert process.returncode == code
        assert "pass.stopped" in out
        assert order.state == "executing"
        assert stand.writes()[-1].endswith("approve_by_provider/")
        assert stand.agent("--once").code == 0
        assert order.state == "done"

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_while_it_waits_for_the_next_pass(self, stand: object, number: int) -> None:
        stand.order()
        with stand.start("waldur_site_agent", "-c", str(stand.config_file)) as process:
            for line in process.stdout:
                if json.loads(line)["event"] == "orders.pass":
                    process.send_signal(number)
                    break
            out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "agent.stopped" in out


def test_as_a_module_it_is_the_same(stand: object) -> None:
    ended = stand.run("python", "-m", "waldur_site_agent", "--version")
    assert ended.code == 0
    assert ended.out == stand.run("waldur_site_agent", "--version").out
    assert ended.out.startswith("waldur_site_agent, version 2")


def test_help_names_the_exit_codes(stand: object) -> None:
    ended = stand.run("waldur_site_agent", "--help")
    assert ended.code == 0
    assert "0 all well" in ended.out


def test_an_order_that_waits_says_for_what(stand: object) -> None:
    order = stand.order()
    order.type = "Migrate"
    ended = stand.agent("--once")
    assert ended.code == 0
    assert "'Migrate' are not known to this version" in ended.event("order.waits")["why"]
