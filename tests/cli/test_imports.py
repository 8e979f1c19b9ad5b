"""What a command loads: ``--help`` and the probe are called often, and need nearly nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("httpx2", "pydantic", "msgspec", "structlog", "rich", "yaml", "stamina")
PLUGINS = ("waldur_site_agent_slurm", "waldur_site_agent_basic_username_management")
PROBE = """\
import sys
from {module} import main
sys.argv[1:] = {words!r}
try:
    main()
except SystemExit:
    pass
print("loaded:", *sys.modules)
"""


def loaded_by(module: str, *words: str, environment: dict[str, str] | None = None) -> set[str]:
    """The modules that a command has imported when it ends."""
    code = PROBE.format(module=module, words=list(words))
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return set(done.stdout.rpartition("loaded:")[2].split())


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("waldur_site_agent.cli.main", ["--help"]),
        ("waldur_site_agent.cli.main", ["--version"]),
        ("waldur_site_agent.cli.healthz", ["--help"]),
        ("waldur_site_agent.cli.healthz", ["--liveness-only"]),
        ("waldur_site_agent.cli.diagnostics", ["--help"]),
    ],
)
def test_help_and_liveness_load_nothing_heavy(module: str, words: list[str]) -> None:
    loaded = loaded_by(module, *words)
    assert "click" in loaded
    assert loaded.isdisjoint([*HEAVY, *PLUGINS])


def test_the_agent_loads_only_the_plugins_that_it_needs_and_no_colours(stand: object) -> None:
    stand.order()
    words = ["-c", str(stand.config_file), "--once"]
    loaded = loaded_by("waldur_site_agent.cli.main", *words, environment=stand.environment())
    assert "waldur_site_agent_testkit.backends.memory" in loaded
    assert loaded.isdisjoint({"waldur_site_agent_slurm", "waldur_api_client", "rich"})
