"""The one door: every request, from whatever transport, passes here, one at a time."""

import json
import threading
from collections.abc import Collection
from http import HTTPStatus
from typing import cast

from waldur_site_agent_testkit.mastermind.api.answers import Forbidden, Refusal, html, json_answer
from waldur_site_agent_testkit.mastermind.api.authentication import authenticate
from waldur_site_agent_testkit.mastermind.api.exchange import Answer, Exchange, Incoming
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routes import ROUTES
from waldur_site_agent_testkit.mastermind.api.routing import Route, called, without
from waldur_site_agent_testkit.mastermind.calls import Call, Observer, Phase, Violation
from waldur_site_agent_testkit.mastermind.faults import (
    Action,
    BrokenJson,
    DropConnection,
    Faults,
    Hang,
    Latency,
    MissingPage,
    Status,
    TruncatedPage,
)
from waldur_site_agent_testkit.mastermind.shapes import JSON
from waldur_site_agent_testkit.mastermind.store import Store

READING = ("GET",)
"""Methods that change nothing."""


class Door:
    """Answers requests and remembers them."""

    def __init__(
        self,
        *,
        store: Store,
        faults: Faults,
        lock: threading.RLock,
        lacks: Collection[str],
        refuses: Collection[str],
        version: str,
    ) -> None:
        """Open the door to `store`, without what it `lacks`, and closed to what it `refuses`."""
        self._store = store
        self._faults = faults
        self._lock = lock
        self._routes = without(ROUTES, lacks)
        self._refused = called(ROUTES, refuses)
        self._version = version
        self.calls: list[Call] = []
        self.violations: list[Violation] = []
        self.observers: list[Observer] = []

    def exchange(self, incoming: Incoming) -> Exchange:
        """Answer one request, with the faults that were asked for."""
        with self._lock:
            call = Call(
                method=incoming.method,
                path=incoming.path,
                query=incoming.query,
                body=_readable(incoming.body),
            )
            self.calls.append(call)
            self._tell(call, "before")
            exchange = self._faulty(incoming)
            call.delay = exchange.delay
            if exchange.answer is not None and exchange.interruption is None:
                call.status = exchange.answer.status
            self._tell(call, "after")
            return exchange

    def _tell(self, call: Call, phase: Phase) -> None:
        for observer in self.observers:
            observer(call, phase)

    def _faulty(self, incoming: Incoming) -> Exchange:
        actions = self._faults.striking(incoming.method, incoming.path)
        delay = sum(action.seconds for action in actions if isinstance(action, Latency))
        fatal = next((action for action in actions if not isinstance(action, Latency)), None)
        interruption = fatal if isinstance(fatal, DropConnection | Hang) else None
        answer = _instead(fatal)
        if answer is None and not (interruption and interruption.before):
            answer = _distorted(self._answer(incoming), fatal)
        return Exchange(answer=answer, delay=delay, interruption=interruption)

    def _answer(self, incoming: Incoming) -> Answer:
        try:
            answer = self._routed(incoming)
        except Refusal as refusal:
            answer = refusal.answer()
        return answer._replace(body=b"") if incoming.method == "HEAD" else answer

    def _routed(self, incoming: Incoming) -> Answer:
        method = "GET" if incoming.method == "HEAD" else incoming.method
        here = [(r, m) for r in self._routes if (m := r.match(incoming.path)) is not None]
        if not here:
            self.violations.append(
                Violation(
                    method=incoming.method,
                    path=incoming.path,
                    kind="unrouted path",
                    name=incoming.path,
                )
            )
            return html(404, "Not Found")
        found: list[tuple[Route, dict[str, str]]] = [p for p in here if p[0].method == method]
        user = authenticate(self._store, incoming.header("authorization"))
        if not found:
            return json_answer(405, {"detail": f'Method "{incoming.method}" not allowed.'})
        route, params = found[0]
        if route in self._refused:
            raise Forbidden
        if method not in READING:
            self._store.listed.forget()
        request = Request(
            incoming=incoming,
            store=self._store,
            user=user,
            params=params,
            version=self._version,
            violations=self.violations,
        )
        return route.handler(request)


def _readable(body: bytes) -> JSON:
    """Return a body as JSON for the record; as text when it is none."""
    if not body:
        return None
    try:
        return cast("JSON", json.loads(body))
    except ValueError:
        return body.decode(errors="replace")


def _instead(action: Action | None) -> Answer | None:
    """Return the answer that is given without doing anything."""
    if isinstance(action, MissingPage):
        return json_answer(404, {"detail": "Invalid page."})
    if isinstance(action, Status) and action.before:
        return _status(action)
    return None


def _status(action: Status) -> Answer:
    answer = html(action.code, "Error")
    if action.retry_after is not None:
        answer.headers["retry-after"] = str(action.retry_after)
    return answer


def _distorted(answer: Answer, action: Action | None) -> Answer:
    """Return the answer as a fault leaves it."""
    if isinstance(action, Status):
        return _status(action)
    if isinstance(action, BrokenJson):
        return answer._replace(body=answer.body[: len(answer.body) // 2])
    if isinstance(action, TruncatedPage) and answer.status == HTTPStatus.OK and answer.body:
        rows = json.loads(answer.body)
        if not isinstance(rows, list):
            raise TypeError("TruncatedPage was asked for a call that answers no list.")
        return answer._replace(body=json.dumps(rows[: max(0, len(rows) - action.rows)]).encode())
    return answer
