"""STOMP frames: what is written is read, in whatever pieces it comes."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.events.frames import Decoder, Frame, FrameError, encode

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = texts.filter(lambda name: name and name != "content-length")
frames = st.builds(
    Frame,
    command=st.sampled_from(["MESSAGE", "SEND", "ACK", "ERROR", "RECEIPT"]),
    headers=st.dictionaries(names, texts, max_size=4),
    body=st.binary(max_size=40),
)


def plain(frame: Frame) -> tuple[str, dict[str, str], bytes]:
    headers = {key: value for key, value in frame.headers.items() if key != "content-length"}
    return frame.command, headers, frame.body


@given(sent=st.lists(frames, max_size=3), cuts=st.lists(st.integers(0, 300), max_size=6))
def test_frames_arrive_as_they_were_sent_however_the_bytes_are_cut(
    sent: list[Frame], cuts: list[int]
) -> None:
    stream = b"\n" + b"\n\r\n".join(encode(frame) for frame in sent)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    decoder = Decoder()
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    received = [frame for piece in pieces for frame in decoder.feed(piece)]
    assert [plain(frame) for frame in received] == [plain(frame) for frame in sent]


alphabet = st.sampled_from(
    [b"\n", b"\r", b"\0", b":", b"\\", b"n", b"7", b"MESSAGE\n", b"content-length:", b"\xff"]
)


@given(pieces=st.lists(st.lists(alphabet, max_size=8).map(b"".join), max_size=5))
def test_any_bytes_give_frames_or_a_complaint(pieces: list[bytes]) -> None:
    decoder = Decoder()
    with suppress(FrameError):
        for piece in pieces:
            for frame in decoder.feed(piece):
                assert isinstance(frame.body, bytes)


READ = [
    (b"CONNECTED\nversion:1.2\n\n\0", ("CONNECTED", {"version": "1.2"}, b"")),
    (b"MESSAGE\r\na:b\r\n\r\nbody\0\n\n", ("MESSAGE", {"a": "b"}, b"body")),
    (b"MESSAGE\na:first\na:second\n\n\0", ("MESSAGE", {"a": "first"}, b"")),
    (b"MESSAGE\na:x\\cy\\nz\\\\\n\n\0", ("MESSAGE", {"a": "x:y\nz\\"}, b"")),
    (b"CONNECTED\na:x:y\\n\n\n\0", ("CONNECTED", {"a": "x:y\\n"}, b"")),
    (b"MESSAGE\ncontent-length:3\n\na\0b\0", ("MESSAGE", {}, b"a\0b")),
    (b"MESSAGE\n\n\0", ("MESSAGE", {}, b"")),
]


@pytest.mark.parametrize(("data", "expected"), READ)
def test_the_forms_that_the_protocol_allows(
    data: bytes, expected: tuple[str, dict[str, str], bytes]
) -> None:
    (frame,) = Decoder().feed(data)
    assert plain(frame) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"MESSAGE\nno colon\n\n\0",
        b"MESSAGE\na:\\t\n\n\0",
        b"MESSAGE\na:\\\n\n\0",
        b"MESSAGE\na:\xff\n\n\0",
        b"MESSAGE\ncontent-length:-1\n\n\0",
        b"MESSAGE\ncontent-length:1\n\nab\0",
        b"MESSAGE\ncontent-length:99999999\n\n\0",
        b"x" * 101,
    ],
)
def test_what_the_protocol_does_not_allow_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        Decoder(largest=100).feed(data)


def test_a_login_is_written_without_escapes() -> None:
    frame = Frame("CONNECT", {"passcode": "a:b\\c", "host": "v"})
    assert encode(frame) == b"CONNECT\npasscode:a:b\\c\nhost:v\n\n\0"


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_a_login_cannot_smuggle_a_header(value: str) -> None:
    with pytest.raises(FrameError) as caught:
        encode(Frame("CONNECT", {"passcode": value}))
    assert value not in str(caught.value)


def test_a_frame_shows_no_headers_and_no_body() -> None:
    assert "secret" not in repr(Frame("CONNECT", {"passcode": "secret"}, b"secret"))
