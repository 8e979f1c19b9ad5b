"""How OpenNebula is spoken to: XML-RPC, with templates going in and XML coming out."""

from __future__ import annotations

import re
import xmlrpc.client
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from waldur_site_agent_testkit.remote import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent_testkit.remote import Asked

Template = dict[str, Any]
CREDENTIALS = "oneadmin:hush"
NOT_THERE, ACTION = 0x0400, 0x0800
ATTRIBUTE = re.compile(
    r'\s*(?P<name>\w+)\s*=\s*(?:\[(?P<vector>[^\]]*)\]|"(?P<text>[^"]*)"|(?P<bare>[^\s,"]+)),?'
)


class RefusalError(Exception):
    """What the front-end says no with: its code, and words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def read_template(text: str) -> Template:
    """Read attributes, some of which hold attributes: ``NAME="a" NIC=[NETWORK_ID="1"]``.

    Attributes that are given more than once are lists.
    """
    found: dict[str, list[Any]] = {}
    position, text = 0, text.rstrip()
    while position < len(text):
        match = ATTRIBUTE.match(text, position)
        if not match:
            raise RefusalError(ACTION, f"Parse error: {text[position:]!r}")
        position = match.end()
        vector, plain = match["vector"], match["text"] or match["bare"] or ""
        value = plain if vector is None else read_template(vector)
        found.setdefault(match["name"], []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def xml(tag: str, content: object) -> str:
    """Write a tree of dictionaries as elements; a list is an element again and again."""
    if isinstance(content, list):
        return "".join(xml(tag, one) for one in content)
    if isinstance(content, dict):
        inner = "".join(xml(name, one) for name, one in content.items())
    else:
        inner = escape(str(content))
    return f"<{tag}>{inner}</{tag}>"


def number(text: str) -> str:
    """Write a number as the front-end does: a whole one without decimals."""
    return f"{float(text):.2f}".removesuffix(".00")


def respond(asked: Asked, calls: Mapping[str, Callable[..., object]]) -> Answer:
    """Answer a call of one of the methods; another one is a defect of the stand-in."""
    (credentials, *words), method = xmlrpc.client.loads(asked.body.decode())
    assert credentials == CREDENTIALS
    assert method in calls, method
    try:
        response = [True, calls[method](*words), 0]
    except RefusalError as refusal:
        response = [False, str(refusal), refusal.code]
    body = xmlrpc.client.dumps((response,), methodresponse=True)
    return Answer(body.encode(), headers={"Content-Type": "text/xml"})
