"""What a plugin's exception means: the backend's answer, or that it could not be asked."""

from __future__ import annotations

import subprocess
from email.message import Message
from types import SimpleNamespace
from urllib.error import HTTPError as UrllibError
from urllib.error import URLError

import httpx2
import pytest

from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendUnavailableError,
    DuplicateResourceError,
)
from waldur_site_agent.orders.failures import (
    BackendOutageError,
    OrderRefusedError,
    judge,
)
from waldur_site_agent.sites.failures import GENERIC_SENTENCE, words_for_waldur
from waldur_site_agent.sites.outages import is_outage

REQUEST = httpx2.Request("POST", "https://backend.example.org/accounts")


class RequestException(OSError):  # noqa: N818 - the names are those of requests
    """The root of requests' errors, which descends from OSError as the real one does."""

    def __init__(self, *args: object, status: int | None = None) -> None:
        super().__init__(*args)
        self.response = SimpleNamespace(status_code=status) if status else None


class HTTPError(RequestException):
    """What requests' ``raise_for_status`` raises."""


class ClientResponseError(Exception):
    """As of aiohttp: the status stands on the error itself."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status}")
        self.status = status


class UnexpectedStatus(Exception):  # noqa: N818 - the name is that of Waldur's generated client
    """As of Waldur's generated client."""

    def __init__(self, status_code: int) -> None:
        super().__init__(f"Unexpected status code: {status_code}")
        self.status_code = status_code


def of_httpx(status: int) -> Exception:
    response = httpx2.Response(status, request=REQUEST)
    return httpx2.HTTPStatusError(f"{status}", request=REQUEST, response=response)


def of_requests(status: int) -> Exception:
    return HTTPError(f"{status}", status=status)


def of_urllib(status: int) -> Exception:
    return UrllibError("https://backend.example.org/", status, "no", Message(), None)


LIBRARIES = [of_httpx, of_requests, of_urllib, ClientResponseError, UnexpectedStatus]


def caused(error: BackendError, cause: Exception) -> BackendError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refused_request_is_an_answer(library: object, status: int) -> None:
    assert not is_outage(library(status))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_status_of_the_moment_is_an_outage(library: object, status: int) -> None:
    assert is_outage(library(status))


@pytest.mark.parametrize(
    "error",
    [
        httpx2.ConnectError("no route", request=REQUEST),
        httpx2.ReadTimeout("too long", request=REQUEST),
        RequestException("no route"),
        URLError("no route"),
        ConnectionResetError(),
        TimeoutError(),
        FileNotFoundError("sacctmgr"),
        subprocess.TimeoutExpired(["sacctmgr"], 30),
        BackendUnavailableError("down"),
        caused(BackendError("could not create"), ConnectionRefusedError()),
        caused(BackendError("could not create"), of_requests(503)),
        caused(BackendError("could not create"), httpx2.ReadTimeout("", request=REQUEST)),
    ],
    ids=repr,
)
def test_no_answer_is_an_outage(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        BackendError("quota exceeded"),
        DuplicateResourceError("there already"),
        caused(BackendError("no such partition"), of_requests(400)),
        caused(BackendError("no template"), FileNotFoundError("template")),
        caused(BackendError("no template"), KeyError("template")),
        KeyError("flavor"),
        ValueError("status"),
        RuntimeError("503"),
    ],
    ids=repr,
)
def test_an_answer_or_a_defect_is_no_outage(error: Exception) -> None:
    assert not is_outage(error)


@pytest.mark.parametrize(
    ("answers", "verdict"), [(True, OrderRefusedError), (False, BackendOutageError)]
)
def test_a_refusal_counts_only_while_the_backend_answers(
    answers: bool, verdict: type[Exception]
) -> None:
    backend = SimpleNamespace(ping=lambda: answers)
    assert isinstance(judge(of_httpx(422), backend), verdict)


def test_a_ping_that_fails_is_no_sign_of_life() -> None:
    def ping() -> bool:
        raise KeyError("endpoint")

    assert isinstance(judge(BackendError("no"), SimpleNamespace(ping=ping)), BackendOutageError)


class TestWords:
    """What the people who ordered are told."""

    @pytest.mark.parametrize(
        ("error", "expose", "message"),
        [
            (BackendError("quota exceeded"), True, "quota exceeded"),
            (BackendError("quota exceeded"), False, "quota exceeded"),
            (BackendError(), True, "BackendError: "),
            (BackendError(), False, GENERIC_SENTENCE),
            (KeyError("flavor"), True, "KeyError: 'flavor'"),
            (KeyError("flavor"), False, GENERIC_SENTENCE),
            (BackendError("password=hunter2 is wrong"), True, "password=*** is wrong"),
            (BackendError("odd\x00bytes"), True, "oddbytes"),
        ],
    )
    def test_the_message(self, error: Exception, expose: bool, message: str) -> None:
        assert words_for_waldur(error, expose=expose).message == message

    def test_a_traceback_only_where_it_is_allowed(self) -> None:
        assert words_for_waldur(BackendError("no"), expose=False).traceback == ""
        assert "BackendError: no" in words_for_waldur(BackendError("no"), expose=True).traceback
