"""What a log line looks like, whoever wrote it."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.runtime import logs

if TYPE_CHECKING:
    import pytest


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_lines_and_the_plugins_are_json_bound_to_their_object(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(offering="HPC", order="ab12"):
        structlog.get_logger("ours").info("order.done", backend_id="acc")
        logging.getLogger("waldur_site_agent.backend").warning("Slow: %s", "disk")
    ours, theirs = lines(stream)
    assert ours["event"] == "order.done"
    assert ours["backend_id"] == "acc"
    assert (ours["logger"], ours["level"]) == ("ours", "info")
    assert (theirs["event"], theirs["level"]) == ("Slow: disk", "warning")
    assert {line["offering"] for line in (ours, theirs)} == {"HPC"}
    assert all(str(line["timestamp"]).endswith("Z") for line in (ours, theirs))


def test_an_exception_is_one_line(stream: io.StringIO) -> None:
    try:
        int("no")
    except ValueError:
        structlog.get_logger("ours").exception("pass.crashed")
    (line,) = lines(stream)
    assert "ValueError: invalid literal" in str(line["exception"])


def test_secrets_are_struck_out(stream: io.StringIO) -> None:
    logging.getLogger("plugin").info("GET https://s3.example.org/?secret_key=hunter2&x=1")
    assert "hunter2" not in stream.getvalue()
    assert "x=1" in stream.getvalue()


def test_what_is_under_a_secrets_name_is_struck_out(stream: io.StringIO) -> None:
    structlog.get_logger("plugin").info("key.made", api_key="hunter2", backend_id="acc")
    (line,) = lines(stream)
    assert (line["api_key"], line["backend_id"]) == ("***", "acc")


def test_a_line_that_cannot_be_made_is_told_without_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    record = logging.LogRecord("plugin", logging.INFO, "", 0, "minted %d", ("hunter2",), None)
    logs.Lines(stream).handle(record)
    assert stream.getvalue() == ""
    assert capsys.readouterr().err == ("A log line of plugin could not be written: TypeError\n")


def test_a_line_that_nobody_reads_is_told_without_its_text(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    stream.close()
    structlog.get_logger("ours").info("key.made", api_key="hunter2")
    assert capsys.readouterr().err == "A log line of ours could not be written: ValueError\n"


def test_lower_levels_stay_out(stream: io.StringIO) -> None:
    structlog.get_logger("ours").debug("order.step")
    assert lines(stream) == []


def test_readable_lines_on_request() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:]
    try:
        logs.configure("INFO", stream=stream, human=True)
        structlog.configure(cache_logger_on_first_use=False)
        structlog.get_logger("ours").info("order.done", backend_id="acc")
    finally:
        root.handlers[:] = before
        structlog.reset_defaults()
    assert "order.done" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
