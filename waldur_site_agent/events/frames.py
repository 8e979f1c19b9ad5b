"""STOMP 1.2 frames as bytes (pure). https://stomp.github.io/stomp-specification-1.2.html."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HEART_BEAT = b"\n"
LARGEST = 16 * 1024 * 1024
"""Bytes of a frame. RabbitMQ's own limit for messages is of that order."""

END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
UNESCAPED = frozenset({"CONNECT", "CONNECTED"})
ESCAPES = {"\\": "\\\\", "\r": "\\r", "\n": "\\n", ":": "\\c"}
MEANINGS = {escape: character for character, escape in ESCAPES.items()}


class FrameError(ValueError):
    """The bytes are no STOMP, or a header cannot be written."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A command, its headers and its body; bodies and headers may hold secrets."""

    command: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str:
        """A header's value; blank without it."""
        return self.headers.get(name, "")


def encode(frame: Frame) -> bytes:
    """Write a frame.

    Raises:
        FrameError: CONNECT, which knows no escapes, has a header with a line break or a colon in
            its name.
    """
    lines = [frame.command, *_header_lines(frame)]
    if frame.body:
        lines.append(f"content-length:{len(frame.body)}")
    return "\n".join([*lines, "", ""]).encode() + frame.body + b"\0"


class Decoder:
    """Makes frames of bytes that arrive in pieces."""

    def __init__(self, *, largest: int = LARGEST) -> None:
        """Begin with nothing."""
        self._waiting = bytearray()
        self._largest = largest

    def feed(self, data: bytes) -> list[Frame]:
        """Take in bytes, and give out the frames that are complete. Heart-beats are none.

        Raises:
            FrameError: this is no STOMP; the connection is of no more use.
        """
        self._waiting += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        if len(self._waiting) > self._largest:
            raise FrameError(f"a frame has more than {self._largest} bytes")
        return frames

    def _next(self) -> Frame | None:
        self._drop_line_ends()
        head = END_OF_HEAD.search(self._waiting)
        if head is None:
            return None
        command, headers = _read_head(bytes(self._waiting[: head.start()]))
        end = self._end_of_body(head.end(), headers.get("content-length"))
        if end is None:
            return None
        body = bytes(self._waiting[head.end() : end])
        del self._waiting[: end + 1]
        return Frame(command, headers, body)

    def _drop_line_ends(self) -> None:
        """Skip what stands between frames: heart-beats."""
        kept = self._waiting.lstrip(b"\r\n")
        del self._waiting[: len(self._waiting) - len(kept)]

    def _end_of_body(self, start: int, length: str | None) -> int | None:
        """Find the zero byte that ends a frame, if it has come yet."""
        if length is None:
            end = self._waiting.find(0, start)
            return end if end >= 0 else None
        end = start + _size(length, largest=self._largest)
        if end >= len(self._waiting):
            return None
        if self._waiting[end] != 0:
            raise FrameError("a frame is longer than its content-length")
        return end


def _header_lines(frame: Frame) -> list[str]:
    if frame.command not in UNESCAPED:
        return [f"{_escape(name)}:{_escape(value)}" for name, value in frame.headers.items()]
    for name, value in frame.headers.items():
        if ":" in name or re.search(r"[\r\n\0]", f"{name}{value}"):
            raise FrameError(f"the header {name!r} of {frame.command} cannot be written")
    return [f"{name}:{value}" for name, value in frame.headers.items()]


def _read_head(head: bytes) -> tuple[str, dict[str, str]]:
    """Read the command and the headers; of a header that is repeated the first one counts."""
    try:
        command, *lines = head.decode().replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        raise FrameError("headers are not UTF-8") from None
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise FrameError("a header has no colon")
        headers.setdefault(*_plain(command, name, value))
    return command, headers


def _plain(command: str, name: str, value: str) -> tuple[str, str]:
    if command in UNESCAPED:
        return name, value
    return _unescape(name), _unescape(value)


def _escape(text: str) -> str:
    return re.sub(r"[\\\r\n:]", lambda found: ESCAPES[found[0]], text)


def _unescape(text: str) -> str:
    """Undo escapes.

    Raises:
        FrameError: there is one that the protocol does not know.
    """
    return re.sub(r"\\.?", _meaning, text)


def _meaning(escape: re.Match[str]) -> str:
    try:
        return MEANINGS[escape[0]]
    except KeyError:
        raise FrameError("a header has an unknown escape") from None


def _size(text: str, *, largest: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > largest:
        raise FrameError("a content-length is no size that a frame may have")
    return int(text)
