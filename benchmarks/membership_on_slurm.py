"""What membership passes cost on a real Slurm, by the agent's own command. Needs root and Slurm.

    python benchmarks/membership_on_slurm.py [--resources 300 --users 3000]

The cluster is made for the occasion; Waldur is the testkit's, in this process. Prints
Slurm processes, requests, seconds and the agent's peak memory, and asserts none.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from waldur_site_agent_testkit.mastermind.large import LargeWorld, Size, large_world
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.slurm.cluster import SlurmCluster

CONFIGURATION = """\
offerings:
  - name: Cluster
    waldur_api_url: {url}
    waldur_api_token: {token}
    waldur_offering_uuid: {uuid}
    backend_type: slurm
    membership_sync_backend: slurm
    backend_settings:
      slurm_bin_path: {bin_path}
      cluster_name: {cluster}
      default_account: root
      customer_prefix: c_
      project_prefix: p_
      allocation_prefix: hpc_
      parent_account: root
      require_unix_accounts: false
    backend_components:
      cpu: {{measured_unit: Hours, unit_factor: 60, accounting_type: limit, label: CPU}}
"""


def main() -> None:
    """Print a table: the first pass, unchanged ones, and one with joiners and leavers."""
    sizes = _arguments()
    size = Size(resources=sizes.resources, users=sizes.users, projects=sizes.resources)
    large = large_world(size)
    with (
        SlurmCluster() as slurm,
        MastermindServer(large.world) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        config = Path(folder) / "config.yaml"
        config.write_text(_configuration(large, server, slurm))
        config.chmod(0o600)
        _make_accounts(slurm, sizes.resources)
        print(f"{sizes.resources:,} resources, {sizes.users:,} users on a real Slurm")
        print(
            f"{'':30}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'requests':>10}{'Slurm processes':>17}"
        )
        _show("first: everybody is added", config, large, slurm)
        _show("unchanged", config, large, slurm)
        _change(large, count=50, resources=40)
        _show("50 come, 50 go, 40 resources", config, large, slurm)
        _show("unchanged", config, large, slurm)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("resources", 300), ("users", 3_000)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    return parser.parse_args()


def _configuration(large: LargeWorld, server: MastermindServer, slurm: SlurmCluster) -> str:
    return CONFIGURATION.format(
        url=server.api_url,
        token=large.agent.token,
        uuid=large.offering.uuid,
        bin_path=slurm.bin_path,
        cluster=slurm.name,
    )


def _make_accounts(slurm: SlurmCluster, number: int) -> None:
    """The accounts that orders made long ago, with their limits and without members."""
    lines = [f"Cluster - '{slurm.name}'", "Parent - 'root'"]
    for count in range(number):
        words = f"Description='hpc_{count:05}':Organization='root':GrpTRESMins=cpu=60000"
        lines.append(f"Account - 'hpc_{count:05}':{words}")
    slurm.load("\n".join(lines) + "\n")


def _change(large: LargeWorld, *, count: int, resources: int) -> None:
    """Let some leave their project and others join it, spread over a number of resources."""
    number = len(large.projects)
    for change in range(count):
        project = large.projects[change % resources]
        leaver = large.users[change % resources + number * (change // resources)]
        joiner = large.users[(change + resources) % number + number * 2]
        large.world.revoke(leaver, project)
        large.world.grant(joiner, project)


def _show(what: str, config: Path, large: LargeWorld, slurm: SlurmCluster) -> None:
    slurm.reset_commands()
    large.world.calls.clear()
    begun = time.perf_counter()
    argv = [sys.executable, "-m", "waldur_site_agent", "-m", "membership_sync", "--once"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*argv, "-c", str(config)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # noqa: S101 - for the type checker
    lines = process.stdout.read().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    requests, processes = len(large.world.calls), len(slurm.commands())
    print(f"{what:30}{wall:8.1f}{cpu:8.1f}{peak:9.0f}{requests:10,}{processes:17,}")
    told = next((line for line in lines if '"members.pass"' in line), "")
    print(f"{'':30}exit code {process.returncode}; {told}")


if __name__ == "__main__":
    main()
