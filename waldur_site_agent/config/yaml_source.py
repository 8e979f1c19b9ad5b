"""YAML as plain values, with the line of every key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from yaml.constructor import SafeConstructor

from waldur_site_agent.config.findings import Finding, KeyPath
from waldur_site_agent.config.secret_tags import RESOLVERS, UnresolvedError, file_behind

if TYPE_CHECKING:
    from pathlib import Path

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser is ten times as fast, and there on all usual platforms."""

CORE_TAGS = "tag:yaml.org,2002:"
MERGE = f"{CORE_TAGS}merge"
COLLECTION_TAGS = {f"{CORE_TAGS}{kind}" for kind in ("map", "omap", "pairs", "seq", "set")}
"""On a plain value (``!!set x``) PyYAML's constructor would answer with an empty collection."""
MOST_VALUES = 200_000
"""Aliases of aliases can make a small file endless."""

UNRESOLVED = "unresolved"
"""Stands where a secret could not be read, which is a finding already."""

_QUOTED = re.compile(r"'[^']*'")


@dataclass(kw_only=True)
class YamlSource:
    """What a file says.

    Attributes:
        tree: plain values; None when the file cannot be read as YAML.
        lines: the line of each key and list item, counted from 1.
        sealed: paths of the values that came from outside the file.
        files: those in which secrets are, or should be.
        findings: what is wrong with the file as YAML, and secrets that are not there.
    """

    tree: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    sealed: set[KeyPath] = field(default_factory=set)
    unresolved: set[KeyPath] = field(default_factory=set)
    files: set[Path] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def line_of(self, path: KeyPath) -> int | None:
        """The line of a path, or of the nearest thing above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def parse(content: bytes, folder: Path) -> YamlSource:
    """Read YAML. Never raises: what is wrong is among the findings.

    Args:
        content: the file.
        folder: where the paths of ``!file`` start.
    """
    source = YamlSource()
    try:
        node = _compose(content)
        if node is None:
            source.findings.append(Finding(found="an empty file", expected="the agent's settings"))
        else:
            source.tree = _Reader(source, folder).value(node, ())
    except yaml.YAMLError as error:
        source.findings.append(_syntax_finding(error, content))
    except (RecursionError, _TooMuchError):
        source.findings.append(
            Finding(found="too many or too deeply nested values", expected="settings of usual size")
        )
        source.tree = None
    return source


def _compose(content: bytes) -> yaml.Node | None:
    loader = Loader(content)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


class _TooMuchError(Exception):
    """The file stands for more values than any configuration has."""


class _Reader:
    """Turns nodes into plain values, as ``yaml.safe_load`` would, and notes where they are."""

    def __init__(self, source: YamlSource, folder: Path) -> None:
        self._source = source
        self._folder = folder
        self._constructor = SafeConstructor()
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        self._source.lines.setdefault(path, node.start_mark.line + 1)
        self._count += 1
        if self._count > MOST_VALUES:
            raise _TooMuchError
        if node.tag in RESOLVERS:
            return self._secret(node, path)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            self._note(node, path, "an alias inside what it stands for", "values that end")
            return None
        self._open.add(id(node))
        try:
            return self._collection(node, path)
        finally:
            self._open.discard(id(node))

    def _collection(self, node: yaml.Node, path: KeyPath) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == f"{CORE_TAGS}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{CORE_TAGS}seq":
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        self._unknown_tag(node, path)
        return None

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[Any, Any]:
        result = {}
        for key, (key_node, value_node) in self._entries(node, path).items():
            self._source.lines[(*path, key)] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, (*path, key))
        return result

    def _entries(
        self, node: yaml.MappingNode, path: KeyPath
    ) -> dict[Any, tuple[yaml.Node, yaml.Node]]:
        """A mapping's keys, those that ``<<`` brings first; own keys win."""
        merged: dict[Any, tuple[yaml.Node, yaml.Node]] = {}
        own: dict[Any, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value_node in node.value:
            if key_node.tag == MERGE:
                merged |= self._merged(value_node, path)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(key_node, path, "a list or mapping as a key", "a key that is text")
                continue
            key = self._scalar(key_node, path)
            if key in own:
                first = own[key][0].start_mark.line + 1
                self._note(
                    key_node,
                    (*path, key),
                    "a key that is there already",
                    "each key once",
                    f"It is there in line {first} first.",
                )
            own[key] = (key_node, value_node)
        return merged | own

    def _merged(self, node: yaml.Node, path: KeyPath) -> dict[Any, tuple[yaml.Node, yaml.Node]]:
        """What ``<<`` brings; the first of several mappings wins."""
        merged: dict[Any, tuple[yaml.Node, yaml.Node]] = {}
        mappings = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for mapping in reversed(mappings):
            if not isinstance(mapping, yaml.MappingNode) or id(mapping) in self._open:
                self._note(mapping, path, "<< with something else", "<< with another mapping")
                continue
            self._open.add(id(mapping))
            merged |= self._entries(mapping, path)
            self._open.discard(id(mapping))
        return merged

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        if not node.tag.startswith(CORE_TAGS) or node.tag in COLLECTION_TAGS:
            self._unknown_tag(node, path)
            return None
        try:
            return self._constructor.construct_object(node)
        except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError):
            # What PyYAML raises for dates that are none, numbers without digits and the like.
            kind = node.tag.removeprefix(CORE_TAGS)
            self._note(
                node,
                path,
                f"something that YAML takes for a value of type {kind}, but is none",
                "a value",
                "If it is meant as text, put it in quotes.",
            )
            return None

    def _secret(self, node: yaml.Node, path: KeyPath) -> str:
        self._source.sealed.add(path)
        try:
            name = node.value.strip() if isinstance(node, yaml.ScalarNode) else ""
            self._note_file(node.tag, name)
            return RESOLVERS[node.tag](name, self._folder)
        except UnresolvedError as error:
            self._source.unresolved.add(path)
            self._note(node, path, error.found, error.expected)
            return UNRESOLVED

    def _note_file(self, tag: str, name: str) -> None:
        file = file_behind(tag, name, self._folder)
        if file is not None:
            self._source.files.add(file)

    def _unknown_tag(self, node: yaml.Node, path: KeyPath) -> None:
        # The tag is not shown: it may be a password that begins with an exclamation mark.
        self._note(
            node, path, "an unknown tag (!…)", ", ".join(RESOLVERS),
            "If it is text that begins with an exclamation mark, put it in quotes.",
        )  # fmt: skip

    def _note(
        self, node: yaml.Node, path: KeyPath, found: str, expected: str, hint: str = ""
    ) -> None:
        self._source.findings.append(
            Finding(
                path=path, found=found, expected=expected, hint=hint, line=node.start_mark.line + 1
            )
        )


def _syntax_finding(error: yaml.YAMLError, content: bytes) -> Finding:
    """Tell a syntax error without quoting the file, which may hold secrets."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _unreadable_character(error, content)
    said = " ".join(part for name in ("context", "problem") if (part := getattr(error, name, None)))
    return Finding(
        found=f"no valid YAML: {_QUOTED.sub('…', said)}",
        expected="YAML",
        hint=_indentation_hint(content, mark.line),
        line=mark.line + 1,
        column=mark.column + 1,
    )


def _indentation_hint(content: bytes, line: int) -> str:
    lines = content.splitlines()
    written = lines[line] if line < len(lines) else b""
    indent = written[: len(written) - len(written.lstrip())]
    return "YAML is indented with spaces, not with tabs." if b"\t" in indent else ""


def _unreadable_character(error: yaml.YAMLError, content: bytes) -> Finding:
    position = getattr(error, "position", None)
    line = content[:position].count(b"\n") + 1 if isinstance(position, int) else None
    return Finding(
        found="a character that YAML does not allow, or that is not UTF-8",
        expected="text in UTF-8",
        line=line,
    )
