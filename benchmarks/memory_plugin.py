"""The backend in memory as an installed plugin, for the agent's own command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def install(folder: Path) -> None:
    """Lay it out in a folder, to be put on PYTHONPATH, as the plugin ``memory``."""
    record = folder / "plugin_in_memory-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: plugin-in-memory\nVersion: 1.0\n"
    )
    (record / "entry_points.txt").write_text(
        "[waldur_site_agent.backends]\n"
        "memory = waldur_site_agent_testkit.backends.memory:MemoryBackend\n"
    )
