"""Published plugins of the 1.x agent at work under this core, each beside a remote system of ours.

A module tells PLUGIN (the entry point's name), COMPONENTS (of the offering) and, where the offering
needs some in Waldur, PLUGIN_OPTIONS. What its tests exercise is held against
docs/third-party-plugins.md: each plugin's own hooks that ran, by way of the agent's commands.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent_testkit.agent_site import AgentSite, Ended
from waldur_site_agent_testkit.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).parents[2] / "docs" / "third-party-plugins.md"
ROW = re.compile(r"^\| `(?P<plugin>[^`]+)` \|.*\| (?P<hooks>[^|]*) \|$", re.MULTILINE)


class RecordingSite(AgentSite):
    """Keeps what the plugins' own hooks did, command after command."""

    exercised: set[str]
    plugin: str

    def run(self, command: str, *words: str) -> Ended:
        """Run it, and note which hooks of the plugin ran. It never shows a traceback of ours."""
        ended = super().run(command, *words)
        self.exercised |= {hook for plugin, hook in ended.hooks if plugin == self.plugin}
        return ended


@pytest.fixture(scope="module")
def exercised(request: pytest.FixtureRequest) -> Iterator[set[str]]:
    """The hooks that the module's tests exercised: those that the table lists, no more, no less."""
    hooks: set[str] = set()
    yield hooks
    plugin = request.module.PLUGIN
    listed = dict(ROW.findall(TABLE.read_text())).get(plugin, "")
    wanted = ", ".join(f"`{hook}`" for hook in sorted(hooks))
    whole = not request.session.config.option.keyword and not request.session.testsfailed
    assert not whole or listed == wanted, f"the row of {plugin} in {TABLE.name} must end: {wanted}"


@contextmanager
def answering() -> Iterator[Remote]:
    """A remote system over HTTP; at the end, nothing was asked of it that it has no route for."""
    with Remote() as remote:
        yield remote
        unanswered = [f"{asked.method} {asked.path}" for asked in remote.unanswered]
        assert not unanswered
        assert not remote.defects


@pytest.fixture
def remote() -> Iterator[Remote]:
    """The plugin's remote system."""
    with answering() as remote:
        yield remote


@pytest.fixture
def identities() -> Iterator[Remote]:
    """The identity provider beside it."""
    with answering() as identities:
        yield identities


@pytest.fixture
def site(
    request: pytest.FixtureRequest, tmp_path: Path, exercised: set[str]
) -> Iterator[RecordingSite]:
    """A provider with one offering, whose plugin is the module's."""
    module: Any = request.module
    site = RecordingSite(
        folder=tmp_path,
        components=module.COMPONENTS,
        plugin_options=getattr(module, "PLUGIN_OPTIONS", None),
    )
    site.exercised, site.plugin = exercised, module.PLUGIN
    with site:
        yield site
