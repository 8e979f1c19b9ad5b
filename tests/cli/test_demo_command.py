"""``waldur_site_agent demo``: the first thing that a stranger runs."""

from __future__ import annotations

import subprocess
import sys

SECONDS = 300
WITHOUT_TESTKIT = """\
import sys
sys.modules["waldur_site_agent_testkit"] = None
from waldur_site_agent.cli.main import main
main(["demo"])
"""


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, *argv],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_it_ends_by_itself_with_a_summary() -> None:
    ended = run("-m", "waldur_site_agent", "demo", "--keep")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Done: 4 Create, 1 Update, 1 Terminate, 1 Restore." in ended.stdout
    assert "Refused: Create of 'Taken'" in ended.stdout
    assert "totals_sent=6  users_sent=5" in ended.stdout
    assert "unchanged=1  totals_sent=2  users_sent=2" in ended.stdout
    assert "13.82" in ended.stdout
    assert "storage_gb_hours=1000" in ended.stdout
    assert "7.00" in ended.stdout, "35 of its five GPU hours"
    assert ended.stdout.count("events.connected") == 4, "three offerings, and one that changed"
    assert "configuration.reloaded  changed=['HPC cluster']" in ended.stdout
    assert "unchanged=2" in ended.stdout
    assert "agent.stopped" in ended.stdout
    assert "Press Enter" in ended.stdout


def test_without_the_testkit_it_says_what_to_install() -> None:
    ended = run("-c", WITHOUT_TESTKIT)
    assert ended.returncode == 2
    assert "pip install 'waldur-site-agent[demo]'" in ended.stderr
    assert "Traceback" not in ended.stderr
