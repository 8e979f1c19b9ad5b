"""``!env NAME``, ``!file PATH`` and ``!credential NAME``: secrets that live outside the file."""

from __future__ import annotations

import os
from pathlib import Path

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""Where systemd puts the files of ``LoadCredential=``."""

LARGEST_BYTES = 1024 * 1024


class UnresolvedError(Exception):
    """A secret is not where the tag says. The text may be shown."""

    def __init__(self, found: str, expected: str) -> None:
        """Keep what was found and what is expected, in words."""
        super().__init__(found, expected)
        self.found = found
        self.expected = expected


def from_environment(name: str, _folder: Path) -> str:
    """The value of an environment variable."""
    if not name:
        raise UnresolvedError("!env without a name", "!env NAME")
    value = os.environ.get(name)
    if value is None:
        raise UnresolvedError(
            f"!env {name}, which is not set", "an environment variable of the agent's process"
        )
    return value


def from_file(name: str, folder: Path) -> str:
    """The text of a file, without the line break at its end.

    Args:
        name: its path; a relative one starts at the configuration's folder.
        folder: that folder.
    """
    if not name:
        raise UnresolvedError("!file without a path", "!file PATH")
    return _text_of(folder / name, f"!file {name}")


def from_credential(name: str, _folder: Path) -> str:
    """The text of a systemd credential, without the line break at its end."""
    if not name or "/" in name or name in (".", ".."):
        raise UnresolvedError(f"!credential {name}".strip(), "!credential NAME, without slashes")
    directory = os.environ.get(CREDENTIALS_DIRECTORY)
    if not directory:
        raise UnresolvedError(
            f"!credential {name}, but ${CREDENTIALS_DIRECTORY} is not set",
            f"a service that systemd starts with LoadCredential={name}:…",
        )
    return _text_of(Path(directory, name), f"!credential {name}")


def file_behind(tag: str, name: str, folder: Path) -> Path | None:
    """The file in which a tag's secret is, whether it is there or not; None where it is in none."""
    match tag:
        case "!file" if name:
            return folder / name
        case "!credential" if name and (directory := os.environ.get(CREDENTIALS_DIRECTORY)):
            return Path(directory, name)
    return None


RESOLVERS = {"!env": from_environment, "!file": from_file, "!credential": from_credential}


def _text_of(path: Path, tag: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        text = content.decode()
    except (OSError, ValueError) as error:
        # ValueError: not UTF-8, or a NUL in the path.
        reason = getattr(error, "strerror", None) or "not text in UTF-8"
        raise UnresolvedError(
            f"{tag}, which cannot be read ({reason})", "a readable file"
        ) from None
    if len(content) > LARGEST_BYTES:
        raise UnresolvedError(f"{tag}, which is larger than 1 MiB", "a file with one secret")
    return text.removesuffix("\n").removesuffix("\r")
