"""The report: which capabilities were tested, which not and why; as Markdown."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent_testkit.conformance.results import Result

DISTRIBUTION = "waldur-site-agent-testkit"


def markdown(results: Sequence[Result]) -> str:
    """Tell everything, one section for each backend, fit for a README."""
    titles = dict.fromkeys(one["title"] for one in results)
    sections = [_section(t, [one for one in results if one["title"] == t]) for t in titles]
    return "\n".join(sections)


def summary(results: Sequence[Result]) -> list[str]:
    """One line for each backend, for the terminal."""
    titles = dict.fromkeys(one["title"] for one in results)
    return [f"{t}: {_counts([one for one in results if one['title'] == t])}" for t in titles]


def _section(title: str, results: Sequence[Result]) -> str:
    capabilities = dict.fromkeys(one["capability"] for one in results)
    rows = [_row([one for one in results if one["capability"] == c]) for c in capabilities]
    lines = [
        f"### Conformance of {title}",
        "",
        f"By the suite of {DISTRIBUTION} {version(DISTRIBUTION)}: {_counts(results)}.",
        "",
        "| capability | rules that hold | |",
        "| --- | --- | --- |",
        *rows,
        "",
    ]
    return "\n".join(lines)


def _counts(results: Sequence[Result]) -> str:
    words = {"held": "hold", "broken": "broken", "exempt": "exempt"}
    said = [f"{_number(results, ending)} {word}" for ending, word in words.items()]
    rest = _number(results, "undeclared") + _number(results, "untried")
    return f"{len(results)} rules, {', '.join(said)}, {rest} not tried"


def _number(results: Sequence[Result], ending: str) -> int:
    return sum(one["ending"] == ending for one in results)


def _row(results: Sequence[Result]) -> str:
    first = results[0]
    held = f"{_number(results, 'held')} of {len(results)}"
    if all(one["ending"] == "undeclared" for one in results):
        return f"| {first['capability']} | | not declared: {first['declared_by']} |"
    return f"| {first['capability']} | {held} | {'; '.join(_remarks(results))} |"


def _remarks(results: Sequence[Result]) -> list[str]:
    broken = [f"**broken: `{one['rule']}`**" for one in results if one["ending"] == "broken"]
    exempt = [f"exempt: `{o['rule']}`, {o['why']}" for o in results if o["ending"] == "exempt"]
    untried = [one for one in results if one["ending"] == "untried"]
    reasons = sorted({one["why"] for one in untried if not one["lacking"]})
    return [
        *broken,
        *exempt,
        *_for_lack("not all tried", untried),
        *(f"not all tried: {why}" for why in reasons),
        *_for_lack("some tried in part", [one for one in results if one["ending"] == "held"]),
    ]


def _for_lack(what: str, results: Sequence[Result]) -> list[str]:
    """Say what was not done for lack of some facets; nothing where none was lacking."""
    facets = sorted({f"`{facet}`" for one in results for facet in one["lacking"]})
    return [f"{what}, for lack of {', '.join(facets)}"] if facets else []
