"""docs/plugin-conformance.md, made from the rules and from the table of mutants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance.catalogue import RULES
from waldur_site_agent_testkit.conformance.usernames.suite import RULES as USERNAME_RULES

from .mutants.everybody import MUTANTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent_testkit.conformance.capabilities import Capability
    from waldur_site_agent_testkit.conformance.rule import Rule

HEAD = """\
# The conformance suite: its rules

What the plugin contract asks of a backend, as rules to which the testkit holds any plugin by a
dozen lines of the plugin's own tests: see [its README](../testkit/README.md#conformance). Each rule
is one test, called by the rule's name.

A rule belongs to a capability; with a backend that does not declare it, the rule is not tried.
*Needs* is what the author has to give for it beside a backend, *better with* what raises what it
tries. The number is that of the [promise](architecture.md#promises) from which it comes. Under
*catches* stand backends that are broken on purpose; the testkit's own tests see each of them caught
by this very rule, and fail for a rule that catches none.

The agent lets one process at a time write to a backend, and calls an instance from one thread; so
the suite tries processes side by side, and no threads.

This page is made from the rules: `WRITE_DOCS=1 pytest testkit/tests/conformance/test_page.py`.
"""
TABLE = "| rule | | needs | catches |\n| --- | --- | --- | --- |"


def page() -> str:
    """The whole page."""
    backends = "\n".join(_sections(RULES))
    usernames = "\n".join(_sections(USERNAME_RULES))
    return f"{HEAD}\n## Backends\n\n{backends}\n## Username backends\n\n{usernames}"


def _sections(rules: Sequence[Rule]) -> Iterator[str]:
    for capability in dict.fromkeys(rule.capability for rule in rules):
        yield _section(capability, [rule for rule in rules if rule.capability is capability])


def _section(capability: Capability, rules: Sequence[Rule]) -> str:
    declared = f"Declared by {capability.declared_by}.\n\n" if capability.declared_by else ""
    head = f"### {capability.title}\n\n{declared}{TABLE}"
    return "\n".join([head, *map(_row, rules), ""])


def _row(rule: Rule) -> str:
    caught = [f"`{m.name}`: {_lower(m.sentence)}" for m in MUTANTS if m.rule == rule.name]
    needs = ", ".join(f"`{facet.value}`" for facet in rule.needs)
    better = ", ".join(f"`{facet.value}`" for facet in rule.better_with)
    given = "; ".join([*([needs] if needs else []), *([f"better with {better}"] if better else [])])
    sentence = f"{rule.sentence.replace('``', '`')} ({rule.promise})"
    return f"| `{rule.name}` | {sentence} | {given} | {'; '.join(caught)} |"


def _lower(sentence: str) -> str:
    text = " ".join(sentence.split()).rstrip(".")
    return text[0].lower() + text[1:]
