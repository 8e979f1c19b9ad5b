"""The recorded plugins, as if they were installed."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.manual.matrix import everything

if TYPE_CHECKING:
    from collections.abc import Iterator

METADATA = "Metadata-Version: 2.1\nName: recorded-plugins\nVersion: 1.0\n"
ENTRY_POINTS = f"""\
[waldur_site_agent.backends]
everything = {everything.__name__}:Everything
elsewhere = {everything.__name__}:Elsewhere

[waldur_site_agent.username_management_backends]
names = {everything.__name__}:Names
"""


@contextmanager
def recorded_plugins() -> Iterator[None]:
    """Have them found inside of the block."""
    with TemporaryDirectory() as folder:
        metadata = Path(folder) / "recorded_plugins-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(METADATA)
        (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(folder)
