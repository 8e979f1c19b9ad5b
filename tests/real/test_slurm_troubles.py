"""What is not as it should be: commands that hang, answers that are none, rights that are small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.backend.structures import MembersChange

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Stand  # for readers; pytest injects the fixture

PROGRAMS = ("sacctmgr", "sacct", "squeue", "scancel")


def stand_ins(folder: Path, **scripts: str) -> str:
    """A folder with commands of our own."""
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("words", ["show assoc", "add account"])
def test_a_command_that_hangs_is_an_outage_and_the_order_is_left(
    stand: Stand, tmp_path: Path, people: tuple[str, ...], words: str
) -> None:
    order = stand.create("Alpha")
    hang(stand, tmp_path, words)
    code, output = stand.agent()
    assert code == 1, output
    assert "did not end within 3 seconds" in output
    assert "Traceback" not in output
    assert order.state in ("pending-provider", "executing")
    stand.set(slurm_bin_path=stand.slurm.bin_path)
    assert stand.agent()[0] == 0
    assert order.state == "done"
    assert stand.slurm.users_of("hpc_alpha") == set(people[:20])


def test_new_limits_whose_command_hangs_come_later(stand: Stand, tmp_path: Path) -> None:
    created = stand.create("Alpha")
    assert stand.agent()[0] == 0
    order = stand.world.order_update(created.resource, {"cpu": 5})
    hang(stand, tmp_path, "modify account")
    code, output = stand.agent()
    assert code == 1, output
    assert "did not end within 3 seconds" in output
    assert order.state == "executing"
    stand.set(slurm_bin_path=stand.slurm.bin_path)
    assert stand.agent()[0] == 0
    assert order.state == "done"


def hang(stand: Stand, tmp_path: Path, words: str) -> None:
    """Let sacctmgr hang wherever it is given these words."""
    real = f"{stand.slurm.bin_path}/sacctmgr"
    script = f'case "$*" in *"{words}"*) exec sleep 600;; esac; exec {real} "$@"'
    folder = stand_ins(tmp_path / "hanging", sacctmgr=script)
    stand.set(slurm_bin_path=folder, command_timeout_seconds=3)


def test_members_whose_command_hangs_come_later(
    stand: Stand, tmp_path: Path, people: tuple[str, ...]
) -> None:
    stand.create("Alpha")
    hang(stand, tmp_path, "add user")
    _, output = stand.agent()
    assert "did not end within 3 seconds" in output
    assert stand.slurm.users_of("hpc_alpha") == set()
    stand.set(slurm_bin_path=stand.slurm.bin_path)
    assert stand.agent()[0] == 0
    assert stand.slurm.users_of("hpc_alpha") == set(people[:20])


@pytest.mark.parametrize(
    "script", ["echo nonsense", "exit 0", "echo 'hpc|a|b'", "kill -9 $$", "printf '\\377\\376|'"]
)
def test_an_answer_that_is_none_errs_nothing(stand: Stand, tmp_path: Path, script: str) -> None:
    order = stand.create("Alpha")
    stand.set(slurm_bin_path=stand_ins(tmp_path / "odd", sacctmgr=script))
    code, output = stand.agent()
    assert code == 1, output
    assert "Traceback" not in output
    assert order.state in ("pending-provider", "executing")


def test_an_operator_can_do_all_of_it(
    slurm: Any, make_backend: Any, make_resource: Any, people: tuple[str, ...], tmp_path: Path
) -> None:
    """Operators may load no files, so the bulk is a script for them."""
    operator = people[24]
    slurm.sacctmgr("add", "user", operator, "account=root", "adminlevel=Operator")
    slurm.sacctmgr("add", "qos", "paused")
    as_operator = f'exec runuser -u {operator} -- {slurm.bin_path}/$(basename "$0") "$@"'
    folder = stand_ins(tmp_path / "operator", **dict.fromkeys(PROGRAMS, as_operator))
    backend = make_backend(slurm_bin_path=folder, qos_paused="paused")
    assert backend.diagnostics()
    resources = [make_resource("x1"), make_resource("x2"), make_resource("x3")]
    for resource in resources:
        backend.create_resource_with_id(resource, resource.backend_id)
    backend.add_users_to_resource(resources[0], set(people[:2]))
    slurm.reset_commands()
    team = frozenset(people[2:5])
    changed = backend.change_members([MembersChange(resource=each, add=team) for each in resources])
    assert [set(each.added) for each in changed] == [team] * 3
    assert len(slurm.commands()) == 4, "two dumps, a file that is refused, a script"
    job = slurm.submit(people[2], "a_x1")
    slurm.wait_for_job(job, "RUNNING")
    slurm.wait_until_accounted(job)
    changed = backend.change_members(
        [MembersChange(resource=each, remove=team) for each in resources]
    )
    assert not [each for each in changed if each.removed.failed]
    assert slurm.users_of("a_x1") == set(people[:2])
    assert slurm.job_state(job) == ""
    backend.set_limits_of_users("a_x1", {people[0]: {"cpu": 1}})
    backend.pause_resource("a_x1")
    backend.restore_resource("a_x1")
    for resource in resources:
        backend.delete_resource(resource, project_slug="proj")
    assert {row.account for row in slurm.associations()} == {"c_cust"}
