"""Answers and refusals in the words of Django REST framework."""

import json
from collections.abc import Mapping, Sequence

from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.shapes import JSON


def json_answer(status: int, data: JSON, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a JSON answer."""
    told = {"content-type": "application/json", **(headers or {})}
    return Answer(status, told, json.dumps(data, separators=(",", ":")).encode())


def empty(status: int = 200) -> Answer:
    """Return an answer without a body, which some actions of Mastermind give."""
    return Answer(status, {}, b"")


def html(status: int, title: str) -> Answer:
    """Return a page, as Django gives it where no endpoint is reached."""
    page = f"<!doctype html>\n<html><head><title>{title}</title></head><body></body></html>\n"
    return Answer(status, {"content-type": "text/html; charset=utf-8"}, page.encode())


class Refusal(Exception):  # noqa: N818 - it is an answer, and the areas raise its kinds by name
    """An answer that ends the work on a request."""

    def __init__(self, status: int, data: JSON, headers: Mapping[str, str] | None = None) -> None:
        """Hold the answer's parts."""
        super().__init__(status)
        self._status, self._data, self._headers = status, data, headers

    def answer(self) -> Answer:
        """Return the answer."""
        return json_answer(self._status, self._data, self._headers)


class Unauthenticated(Refusal):
    """401."""

    def __init__(self, detail: str) -> None:
        """Say what is wrong with the credentials."""
        super().__init__(401, {"detail": detail}, {"www-authenticate": "Token"})


class Forbidden(Refusal):
    """403: the object is seen, and the user may not do this to it."""

    def __init__(self) -> None:
        """Use the framework's sentence."""
        super().__init__(403, {"detail": "You do not have permission to perform this action."})


class Missing(Refusal):
    """404: no such object, or none that this user sees."""

    def __init__(self, model: str) -> None:
        """Name the kind of object, such as `Order`."""
        super().__init__(404, {"detail": f"No {model} matches the given query."})


class Conflict(Refusal):
    """409: the object's state does not allow it."""

    def __init__(self, detail: str) -> None:
        """Use the server's sentence about valid states."""
        super().__init__(409, {"detail": detail})


class Invalid(Refusal):
    """400: fields, each with what is wrong with it."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Hold the complaints by field."""
        super().__init__(400, dict(errors))
