"""Code on the pages: it runs where it says so, and everything is at least in its language."""

from __future__ import annotations

import json
import shlex
import tomllib
from typing import TYPE_CHECKING

import click
import pytest
import yaml

from waldur_site_agent.cli.main import main
from waldur_site_agent.config.load import load

from .markdown import PAGES, TOP, Block, blocks, name_of, runnable_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUNNABLE = [
    pytest.param(page, text, id=f"{name_of(page)}-{number}")
    for page in PAGES
    for number, text in enumerate(runnable_in(page))
]
OF_OTHERS = {
    "cd",
    "export",
    "install",
    "pip",
    "pytest",
    "python",
    "rm",
    "sudo",
    "systemctl",
    "twine",
}
"""Commands that are not the agent's, and that a reader has or installs as the page says."""
OUR_SCRIPTS = set(
    tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["scripts"],
)


@pytest.mark.parametrize(("page", "text"), RUNNABLE)
def test_what_is_marked_runs(page: Path, text: str) -> None:
    exec(compile(text, str(page), "exec"), {"__name__": "page"})  # noqa: S102 - our own examples


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_is_python(block: Block) -> None:
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_toml_is_toml(block: Block) -> None:
    tomllib.loads(block.text)


class Tagged(yaml.SafeLoader):
    """Takes the tags by which the agent finds secrets."""


for tag in ("!env", "!file", "!credential"):
    Tagged.add_constructor(tag, lambda loader, node: loader.construct_scalar(node))


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_yaml_is_yaml(block: Block) -> None:
    yaml.load(block.text, Tagged)  # noqa: S506 - a SafeLoader with three tags more


CONFIGURATIONS = [one for one in blocks("yaml") if "\n    waldur_api_url:" in one.text]
"""Excerpts leave out where Waldur is."""


@pytest.mark.parametrize("block", CONFIGURATIONS, ids=str)
def test_a_whole_configuration_is_right(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its secrets are where its tags say; what plugins want of it is their own READMEs' test."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    for name in names_of_secrets(block.text):
        monkeypatch.setenv(name, "secret")
        (tmp_path / name).write_text("secret")
    config = tmp_path / "config.yaml"
    config.write_text(block.text)
    config.chmod(0o600)

    assert load(config).warnings == ()


def names_of_secrets(text: str) -> Iterator[str]:
    for token in yaml.scan(text):
        if isinstance(token, yaml.TagToken):
            after = text[token.end_mark.index :].lstrip().split("\n", 1)[0]
            yield after.strip().rsplit("/", 1)[-1]


def lines() -> Iterator[object]:
    for block in blocks("sh"):
        for number, line in enumerate(block.text.replace("\\\n", " ").splitlines()):
            words = shlex.split(line, comments=True)
            while words and "=" in words[0]:
                words = words[1:]
            if words:
                yield pytest.param(words, id=f"{block}+{number}")


@pytest.mark.parametrize("words", list(lines()))
def test_a_command_is_there(words: list[str]) -> None:
    path, *rest = words
    command = path.rsplit("/bin/", 1)[-1]
    if command in OUR_SCRIPTS:
        assert command != "waldur_site_agent" or unknown_words(main, rest) == []
    else:
        assert command in OF_OTHERS or (TOP / path).is_file()


def unknown_words(command: click.Command, words: list[str]) -> list[str]:
    """The options that a command of ours does not have, subcommands followed."""
    unknown = []
    for word in words:
        if word in {">", "|", "&&"}:
            break
        if word.startswith("-"):
            options = {option for one in command.params for option in one.opts}
            unknown += [] if word.split("=")[0] in {*options, "--help", "-h"} else [word]
        elif isinstance(command, click.Group) and word in command.list_commands(
            click.Context(command)
        ):
            command = command.get_command(click.Context(command), word) or command
    return unknown
