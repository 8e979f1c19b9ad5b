"""`identity-bridge/` and `remote-eduteams/`: people whom others vouch for."""

from collections.abc import Callable, Mapping
from typing import cast

from waldur_site_agent_testkit.mastermind import identities
from waldur_site_agent_testkit.mastermind.api import bodies
from waldur_site_agent_testkit.mastermind.api.answers import (
    Forbidden,
    Invalid,
    Missing,
    json_answer,
)
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.shapes import JSON
from waldur_site_agent_testkit.mastermind.state import User

BRIDGE = "identity-bridge"
NAMED: Mapping[str, Key] = {
    "username": Key(bodies.filled, required=True),
    "source": Key(bodies.filled, required=True),
}
TEXTS = (
    "first_name",
    "last_name",
    "email",
    "organization",
    "civil_number",
    "phone_number",
    "identity_source",
    "personal_title",
    "place_of_birth",
    "address",
    "country_of_residence",
    "nationality",
    "organization_country",
    "organization_type",
)
LISTS = ("affiliations", "nationalities", "eduperson_assurance")
GENDERS = (0, 1, 2, 9)


def _texts(value: JSON) -> str | None:
    if not isinstance(value, list):
        return f'Expected a list of items but got type "{type(value).__name__}".'
    return next((bad for item in value if (bad := bodies.text(item))), None)


def _gender(value: JSON) -> str | None:
    return None if value in GENDERS else f'"{value}" is not a valid choice.'


ATTRIBUTES: Mapping[str, Key] = {
    **dict.fromkeys(TEXTS, Key(bodies.text)),
    **dict.fromkeys(LISTS, Key(_texts)),
    "gender": Key(_gender, null=True),
    "birth_date": Key(bodies.day, null=True),
}


def _allowed(request: Request) -> set[str]:
    chosen = request.store.state.identity_fields
    return set(ATTRIBUTES) if chosen is None else chosen


def push(request: Request) -> Answer:
    """Make or renew a person's account, for a source that the user speaks for."""
    body = bodies.read(request, **{**ATTRIBUTES, **NAMED})
    source = body.text("source")
    _vouching(request, lambda user: source in user.managed_isds)
    sent = body.rest(ATTRIBUTES.keys())
    wrong = {name: ["This field is not allowed."] for name in sent.keys() - _allowed(request)}
    if wrong:
        raise Invalid(wrong)
    person, made = identities.account_of(request.store, body.text("username"))
    changed = identities.renew(request.store, person, source=source, attributes=sent)
    return json_answer(
        200, {"uuid": person.uuid, "created": made, "updated_fields": list[JSON](changed)}
    )


def remove(request: Request) -> Answer:
    """Forget a person for a source; whom no source knows any more is deactivated."""
    body = bodies.read(request, **NAMED)
    source = body.text("source")
    _vouching(request, lambda user: source in user.managed_isds)
    person = identities.find(request.store, body.text("username"))
    if person is None:
        raise Missing("User")
    identities.forget(request.store, person, source=source)
    return json_answer(200, {"uuid": person.uuid, "deactivated": not person.is_active})


def allowed_fields(request: Request) -> Answer:
    """Answer which attributes are taken."""
    return json_answer(200, {"allowed_fields": list[JSON](sorted(_allowed(request)))})


def remote_eduteams(request: Request) -> Answer:
    """Answer whose a CUID is, with a new account if need be."""
    cuid = bodies.read(request, cuid=Key(bodies.filled, required=True)).text("cuid")
    _vouching(request, lambda user: bool(user.managed_isds))
    told = request.store.state.eduteams.get(cuid)
    if told is None:
        raise Missing("User")
    person, _ = identities.account_of(request.store, cuid)
    identities.fill(person, cast("Mapping[str, JSON]", told))
    return json_answer(200, {"uuid": person.uuid})


def _vouching(request: Request, speaks: Callable[[User], bool]) -> None:
    if not (request.user.is_staff or speaks(request.user)):
        raise Forbidden


ROUTES = (
    Route("POST", f"{BRIDGE}/", push),
    Route("POST", f"{BRIDGE}/remove/", remove),
    Route("GET", f"{BRIDGE}/allowed-fields/", allowed_fields),
    Route("POST", "remote-eduteams/", remote_eduteams),
)
