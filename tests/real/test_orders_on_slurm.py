"""From an order in Waldur to an account on a real Slurm, by the agent's own command."""

from __future__ import annotations

import random
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.mastermind.faults import BrokenJson, Hang, MissingPage, Status

if TYPE_CHECKING:
    from conftest import Stand  # for readers; pytest injects the fixture

MOST_PROCESSES = 12
LIMITS = {"cpu": 2, "mem": 3, "gres/gpu": 4}
IN_SLURM = {"cpu": "120000", "mem": "180G", "gres/gpu": "240"}


def limits_of(stand: Stand, account: str) -> dict[str, str]:
    row = stand.slurm.account(account)
    assert row is not None, f"there is no account {account}"
    return dict(pair.split("=") for pair in row.limits.split(",") if pair)


def test_a_create_with_a_team_of_twenty(stand: Stand, people: tuple[str, ...]) -> None:
    order = stand.create("Alpha", **LIMITS)
    code, output = stand.agent()
    assert code == 0, output
    assert (order.state, order.resource.backend_id) == ("done", "hpc_alpha")
    parents = {row.account: row.parent for row in stand.slurm.associations() if not row.user}
    assert parents == {"c_uni": "root", "p_climate": "c_uni", "hpc_alpha": "p_climate"}
    assert limits_of(stand, "hpc_alpha") == IN_SLURM
    assert stand.slurm.users_of("hpc_alpha") == set(people[:20])
    assert len(stand.slurm.commands()) <= MOST_PROCESSES, stand.slurm.commands()
    assert stand.slurm.accepts(people[0], "hpc_alpha")
    assert not stand.slurm.accepts(people[24], "hpc_alpha")
    assert stand.world.violations == []


def test_a_second_pass_changes_nothing(stand: Stand) -> None:
    stand.create("Alpha", **LIMITS)
    stand.agent()
    before = stand.slurm.associations()
    stand.slurm.reset_commands()
    stand.world.calls.clear()
    assert stand.agent()[0] == 0
    assert stand.slurm.associations() == before
    assert all(" show " in command for command in stand.slurm.commands())
    writes = {call.path for call in stand.world.calls if call.method != "GET"}
    assert all("site-agent" in path for path in writes), writes


def test_a_dry_run_tells_and_changes_nothing(stand: Stand) -> None:
    stand.create("Alpha", **LIMITS)
    code, output = stand.agent("--dry-run")
    assert code == 0
    assert "reserve the id 'hpc_alpha' in Waldur" in output
    assert stand.slurm.associations() == []
    assert {call.method for call in stand.world.calls} == {"GET"}


def test_update_terminate_and_restore(stand: Stand, people: tuple[str, ...]) -> None:
    order = stand.create("Alpha", **LIMITS)
    stand.agent()
    stand.world.order_update(order.resource, {**LIMITS, "cpu": 5})
    assert stand.agent()[0] == 0
    assert limits_of(stand, "hpc_alpha") == {**IN_SLURM, "cpu": "300000"}

    job = stand.slurm.submit(people[0], "hpc_alpha")
    stand.slurm.wait_for_job(job, "RUNNING")
    stand.slurm.wait_until_accounted(job)
    stand.world.order_terminate(order.resource)
    code, output = stand.agent()
    assert code == 0, output
    assert order.resource.state == "Terminated"
    assert stand.slurm.job_state(job) == ""
    assert stand.slurm.account("hpc_alpha") is None
    assert stand.slurm.account("p_climate") is None, "an empty project's account goes, too"

    stand.world.order_restore(order.resource)
    assert stand.agent()[0] == 0
    assert order.resource.state == "OK"
    assert limits_of(stand, "hpc_alpha") == {**IN_SLURM, "cpu": "300000"}
    assert stand.slurm.users_of("hpc_alpha") == set(people[:20])


def test_an_account_of_somebody_else_is_refused_and_left_alone(stand: Stand) -> None:
    stand.slurm.sacctmgr("add", "account", "hpc_alpha", "description=x", "organization=x")
    order = stand.create("Alpha", **LIMITS)
    other = stand.create("Beta", **LIMITS)
    code, _ = stand.agent()
    assert code == 1
    assert order.state == "erred"
    assert "hpc_alpha" in order.error_message
    assert limits_of(stand, "hpc_alpha") == {}
    assert other.state == "done"


def test_slurm_down_errs_nothing_and_passes(stand: Stand) -> None:
    order = stand.create("Alpha", **LIMITS)
    stand.slurm.stop_slurmdbd()
    try:
        code, output = stand.agent()
    finally:
        stand.slurm.start_slurmdbd()
    assert code == 1, output
    assert "Traceback" not in output
    assert order.state in ("pending-provider", "executing")
    assert stand.slurm.associations() == []
    assert stand.agent()[0] == 0
    assert order.state == "done"


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("marketplace-orders", Status(502)),
        ("GET marketplace-provider-resources", BrokenJson()),
        ("marketplace-offering-users", MissingPage()),
        ("set_backend_id", Status(502)),
        ("set_state_done", Status(500, before=False)),
        ("team", Hang(seconds=2)),
    ],
)
def test_waldur_in_trouble_errs_nothing_and_passes(
    stand: Stand, people: tuple[str, ...], call: str, fault: object
) -> None:
    order = stand.create("Alpha", **LIMITS)
    trouble = stand.world.faults.add(match=call, action=fault, times=None)
    _, output = stand.agent()
    assert "Traceback" not in output
    assert order.state in ("pending-provider", "executing", "done")
    trouble.cancel()
    assert stand.agent()[0] == 0
    assert order.state == "done"
    assert stand.slurm.users_of("hpc_alpha") == set(people[:20])


def test_killed_twenty_times_at_random_it_converges(stand: Stand, people: tuple[str, ...]) -> None:
    """``kill -9`` after a random number of calls to Waldur; the seed is in the failure's output."""
    seed = random.randrange(1_000_000)  # noqa: S311 - no secret
    chance = random.Random(seed)  # noqa: S311 - no secret
    print(f"seed {seed}")  # noqa: T201 - shown on failure
    kills = 0
    lives = 0
    while kills < 20:
        lives += 1
        order = stand.create(f"life{lives}", **LIMITS)
        kills += run_with_kills(stand, chance, limit=20 - kills)
        assert order.state == "done"
        account = order.resource.backend_id
        assert limits_of(stand, account) == IN_SLURM
        assert stand.slurm.users_of(account) == set(people[:20])
        stand.world.order_terminate(order.resource)
        kills += run_with_kills(stand, chance, limit=20 - kills)
        assert order.resource.state == "Terminated"
        leftovers = {row.account for row in stand.slurm.associations()} - {"c_uni"}
        assert leftovers == set()


def run_with_kills(stand: Stand, chance: random.Random, *, limit: int) -> int:
    """Run passes, each killed at some moment, then one in peace; how many kills there were."""
    kills = 0
    for _ in range(min(limit, 4)):
        process = stand.start("--once")
        moment = threading.Timer(chance.uniform(0.3, 2.5), process.send_signal, [signal.SIGKILL])
        moment.start()
        process.communicate(timeout=120)
        moment.cancel()
        kills += process.returncode == -signal.SIGKILL
    code, output = stand.agent()
    assert code == 0, output
    return kills


def test_sigterm_ends_the_step_in_hand_and_exits(stand: Stand) -> None:
    for name in ("Alpha", "Beta", "Gamma"):
        stand.create(name, **LIMITS)
    process = stand.start()
    stand.slurm.wait_until("a first write", lambda: len(stand.slurm.commands()) > 2)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "agent.stopped" in output
    assert stand.agent()[0] == 0
    assert {str(order.state) for order in stand.world.state.orders.values()} == {"done"}
