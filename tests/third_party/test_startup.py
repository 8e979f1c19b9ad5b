"""What a start reads: the plugins that are configured, and of generated clients what these use."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.agent_site import COMMANDS, AgentSite
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOBODY = "http://127.0.0.1:9"
IMPORTED = re.compile(r"^import time: .*\| +(\S+)$", re.MULTILINE)
FEW = 50
"""Of the three thousand modules with models of Waldur, or the seven hundred of Kubernetes."""


def read_by_a_start(folder: Path, plugin: str, settings: Mapping[str, str]) -> list[str]:
    """Tell all modules that the agent reads to begin its work with one plugin."""
    with AgentSite(folder=folder, components={"storage": ComponentSpec()}) as site:
        site.configure(order_processing_backend=plugin, backend_settings=dict(settings))
        words = ["-c", str(site.config_file), "--once"]
        ended = subprocess.run(  # noqa: S603 - the agent's own command
            [sys.executable, "-X", "importtime", COMMANDS / "waldur_site_agent", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert '"agent.ready"' in ended.stdout, ended.stderr
    return IMPORTED.findall(ended.stderr)


@pytest.mark.parametrize(
    ("plugin", "settings"),
    [
        ("harbor", {"harbor_url": NOBODY, "robot_username": "agent", "robot_password": "hush"}),
        ("okd", {"api_url": NOBODY, "token": "hush"}),
    ],
)
def test_a_start_reads_the_plugin_that_is_configured_and_no_other(
    tmp_path: Path, plugin: str, settings: dict[str, str]
) -> None:
    read = read_by_a_start(tmp_path, plugin, settings)
    plugins = {name.partition(".")[0] for name in read if name.startswith("waldur_site_agent_")}

    assert plugins == {f"waldur_site_agent_{plugin}"}
    for models in ("waldur_api_client.models.", "kubernetes.client.models."):
        assert len([name for name in read if name.startswith(models)]) < FEW
