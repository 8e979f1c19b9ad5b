"""docs/plugin-hooks.md: which hooks are called in which situation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.usernames import AbstractUsernameManagementBackend
from waldur_site_agent_testkit.manual.matrix.everything import BACKEND, CLIENT, USERNAMES
from waldur_site_agent_testkit.manual.matrix.installed import recorded_plugins
from waldur_site_agent_testkit.manual.matrix.recording import Caller
from waldur_site_agent_testkit.manual.matrix.situations import EVENTS, MEMBERS, ORDERS, USAGE
from waldur_site_agent_testkit.manual.matrix.unseen import UNSEEN
from waldur_site_agent_testkit.manual.members import own_methods
from waldur_site_agent_testkit.manual.reference import SUBJECTS, is_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waldur_site_agent_testkit.manual.matrix.situations import Situation

    Calls = Mapping[tuple[str, str], Caller]

HEAD = """\
# Which hooks are called when

Recorded from the agent's own work: for every column, processes of the agent look after an offering
in an in-process Waldur, with a plugin that declares all that can be declared, and each call of a
hook is taken down. `python -m waldur_site_agent_testkit.manual` records anew and writes this page;
a test fails when it says something else. What a hook is for stands in the
[reference](plugin-reference.md), how the modes work in the
[guide](plugin-development-guide.md#what-happens-in-each-mode).

- ● the agent calls it.
- ○ another hook calls it, as the contract has that one by default. A plugin that makes the other
  hook its own may leave it out.
- ◐ both.

`usernames.…` are hooks of the offering's username backend, `client.…` methods of the plugin's
client. Hooks that come with a capability are called only where it is declared; some that a plugin
leaves at a default that does nothing are left out, too. `run` makes the same calls as the modes. A
dry run calls hooks that read, and neither `run_preflight` nor a plugin's own
`evaluate_pending_order`.

To see the calls of your own plugin, set `WALDUR_SITE_AGENT_TRACE_HOOKS=1`.
"""
ABOUT_ORDERS = """\
A pass of `order_process` over one order, with the members who are on the team by then. *After a
kill* is a Create order that an earlier process left when its account was there. *Asynchronous* is a
backend with `supports_async_orders`, over two passes."""
ABOUT_MEMBERS = """\
A pass of `membership_sync` over one resource. A backend whose `get_resource_status` answers None is
told in every pass the state that Waldur asks for, which mostly is `restore_resource`."""
ABOUT_USAGE = """\
A pass of `report` over one resource: by default, `measure_usage` asks `_get_usage_report` for this
month, and `get_usage_report_for_period` for those before it."""
ABOUT_EVENTS = """\
What `event_process` does about one message. Beside that it looks at all orders every half hour, and
at all members once an hour, as the other two modes do."""
SIGNS = {
    Caller.NOBODY: "",
    Caller.AGENT: "●",
    Caller.HOOK: "○",
    Caller.AGENT | Caller.HOOK: "◐",
}
CHAPTERS: tuple[tuple[str, str, Sequence[Situation]], ...] = (
    ("Orders", ABOUT_ORDERS, ORDERS),
    ("Members", ABOUT_MEMBERS, MEMBERS),
    ("Usage", ABOUT_USAGE, USAGE),
    ("Events", ABOUT_EVENTS, EVENTS),
)
HOOKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (USERNAMES, "usernames.", tuple(own_methods(AbstractUsernameManagementBackend))),
    (BACKEND, "", tuple(name for _, cls in SUBJECTS for name in own_methods(cls))),
    (CLIENT, "client.", tuple(own_methods(BaseClient))),
)
"""The kinds of plugins, how their hooks are told apart, and the hooks in the contract's order."""


def page() -> str:
    """The whole page; takes some seconds."""
    with recorded_plugins(), capture_logs():
        chapters = [_chapter(*chapter) for chapter in CHAPTERS]
    return "\n".join([HEAD, *chapters, _unseen()])


def hooks() -> Iterator[tuple[str, str, str]]:
    """Every hook of the contract: its kind of plugin, its name, and how it is written."""
    for kind, prefix, names in HOOKS:
        yield from ((kind, name, f"{prefix}{name}") for name in names if _is_hook(name))


def _is_hook(name: str) -> bool:
    return is_told(name) and name not in {"__init__", "strict_pull_requested", "usage_requested"}


def _chapter(title: str, text: str, situations: Sequence[Situation]) -> str:
    calls = [situation.record() for situation in situations]
    rows = [_row(calls, (kind, name), written) for kind, name, written in hooks()]
    head = " | ".join(["hook", *(situation.title for situation in situations)])
    line = " | ".join(["---", *(":-:" for _ in situations)])
    return "\n".join(
        [f"## {title}\n\n{text}\n", f"| {head} |", f"| {line} |", *filter(None, rows), ""]
    )


def _row(calls: Sequence[Calls], hook: tuple[str, str], written: str) -> str:
    """A hook's row; empty where it is never called."""
    signs = [SIGNS[one.get(hook, Caller.NOBODY)] for one in calls]
    return f"| `{written}` | {' | '.join(signs)} |" if any(signs) else ""


def _unseen() -> str:
    rows = [f"| `{hook}` | {when} |" for hook, when in UNSEEN.items()]
    return "\n".join(["## Called otherwise\n", "| hook | when |", "| --- | --- |", *rows, ""])
