"""What the portal answers. Strict: what a client should not send is refused, and remembered."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from mup_stand_in.portal import AGENT, PASSWORD, TYPES, Allocation, Asked, Member, Project, User
from waldur_site_agent_testkit.mastermind.faults import BrokenJson, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mup_stand_in.portal import MupStandIn

PROJECT_KEYS = {
    "title", "description", "pi", "co_pi", "science_field", "start_date", "end_date", "agency",
    "grant_number", "max_storage", "ai_included",
}  # fmt: skip
ALLOCATION_KEYS = {"type", "identifier", "size", "used", "active", "project"}
USER_KEYS = {
    "username", "email", "research_fields", "first_name", "last_name", "salutation", "gender",
    "year_of_birth", "country", "type_of_institution", "affiliated_institution", "agency",
    "funding_agency", "funding_agency_grant", "request_reason", "rejection_reason", "biography",
    "last_login", "is_verified", "is_approved", "is_active", "is_staff", "is_admin",
    "is_totp_enabled", "newsletter", "accepted_terms", "accepted_data_sharing", "groups",
    "user_permissions",
}  # fmt: skip
HTML = "text/html"
JSON = "application/json"


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def answer(
    mup: MupStandIn,
    method: str,
    raw_path: str,
    *,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> tuple[int, dict[str, str], bytes, object]:
    """Carry a request out.

    Returns:
        Status, headers, body, and the fault that breaks the connection, if any.
    """
    asked = Asked(method, raw_path, json.loads(body) if body else None)
    mup.asked.append(asked)
    for observer in mup.observers:
        observer(asked, "before")
    actions = mup.faults.striking(method, raw_path)
    action = actions[0] if actions else None
    if action is not None and getattr(action, "before", False):
        return _broken(action)
    status, told, kind = _carried_out(mup, asked, query, headers)
    for observer in mup.observers:
        observer(asked, "after")
    if action is not None:
        mup.unheard.append(asked)
    if isinstance(action, BrokenJson):
        return 200, {"content-type": JSON}, b'{"id": 1, "ident', None
    if action is not None:
        return _broken(action)
    return status, {"content-type": kind}, told, None


def _broken(action: object) -> tuple[int, dict[str, str], bytes, object]:
    if isinstance(action, Status):
        told = {"content-type": JSON}
        if action.retry_after is not None:
            told["retry-after"] = str(action.retry_after)
        return action.code, told, b'{"detail": "asked for by a test"}', None
    return 0, {}, b"", action


def _carried_out(
    mup: MupStandIn, asked: Asked, query: str, headers: Mapping[str, str]
) -> tuple[int, bytes, str]:
    try:
        _authenticate(headers)
        told = _dispatch(mup, asked)
    except RefusedError as error:
        if error.body is HTML:
            return error.status, b"<h1>Not Found</h1>", HTML
        return error.status, json.dumps(error.body).encode(), JSON
    if isinstance(told, list):
        told = _paged(mup, asked, told, query)
    return 200, b"" if told is None else json.dumps(told).encode(), JSON


def _authenticate(headers: Mapping[str, str]) -> None:
    expected = "Basic " + base64.b64encode(f"{AGENT}:{PASSWORD}".encode()).decode()
    if headers.get("authorization") != expected:
        raise RefusedError(401, {"detail": "Invalid username/password."})


def _paged(mup: MupStandIn, asked: Asked, rows: list[Any], query: str) -> object:
    if mup.page_size is None:
        return rows
    number = int(dict(part.split("=") for part in query.split("&") if part).get("page", 1))
    start = (number - 1) * mup.page_size
    rest = rows[start + mup.page_size :]
    # As a server behind a proxy writes it: with a host that nobody outside reaches.
    following = f"http://inside:8000{asked.path}?{urlencode({'page': number + 1})}"
    return {
        "count": len(rows),
        "next": following if rest else None,
        "previous": None,
        "results": rows[start : start + mup.page_size],
    }


# Routes


def _dispatch(mup: MupStandIn, asked: Asked) -> object:
    for method, pattern, handler in ROUTES:
        found = re.fullmatch(pattern, asked.path)
        if found and method == asked.method:
            parts = [unquote(part) for part in found.groups()]
            return handler(mup, asked.body, *parts)
    mup.violations.append(f"there is no {asked}")
    raise RefusedError(404, HTML)


def _refuse(mup: MupStandIn, **why: str) -> RefusedError:
    del mup
    return RefusedError(400, {name: [text] for name, text in why.items()})


def _require_keys(mup: MupStandIn, body: Any, keys: set[str], what: str) -> None:
    if set(body or {}) != keys:
        mup.violations.append(f"{what} has the keys {sorted(set(body or {}) ^ keys)} wrong")
        raise _refuse(mup, detail="wrong keys")


def _nothing_new(mup: MupStandIn, what: str) -> None:
    """Whoever did not hear the answer may ask again for the same."""
    if mup.asked[-1] not in mup.unheard:
        mup.violations.append(f"{what} changes nothing")


def _fields(mup: MupStandIn, _body: Any) -> object:
    return [{"id": number, "name": f"Field {number}"} for number in mup.research_fields]


def _projects(mup: MupStandIn, _body: Any) -> object:
    return [asdict(one) for one in mup.projects.values()]


def _project(mup: MupStandIn, number: str) -> Project:
    found = mup.projects.get(int(number))
    if found is None:
        raise RefusedError(404, {"detail": "Not found."})
    return found


def _view_project(mup: MupStandIn, _body: Any, number: str) -> object:
    return asdict(_project(mup, number))


def _project_by_grant(mup: MupStandIn, _body: Any, grant: str) -> object:
    found = mup.of_grant(grant)
    if found is None:
        raise RefusedError(404, {"detail": "Not found."})
    return asdict(found)


def _add_project(mup: MupStandIn, body: Any) -> object:
    _require_keys(mup, body, PROJECT_KEYS, "a project")
    if mup.of_grant(body["grant_number"]):
        mup.violations.append("a second project for a grant")
        raise _refuse(mup, grant_number="project with this grant number already exists.")
    if not any(one.email == body["pi"] for one in mup.users.values()):
        raise _refuse(mup, pi=f"{body['pi']} is no user.")
    if body["science_field"] not in mup.research_fields:
        raise _refuse(mup, science_field="Invalid pk.")
    if date.fromisoformat(body["start_date"]) >= date.fromisoformat(body["end_date"]):
        raise _refuse(mup, end_date="Ends before it starts.")
    project = Project(id=next(mup.numbers), **body)
    mup.projects[project.id] = project
    return asdict(project)


def _switch_project(mup: MupStandIn, body: Any, number: str, verb: str) -> object:
    project = _project(mup, number)
    _require_keys(mup, body, set(), "a switch")
    wanted = verb == "activate"
    if project.is_active is wanted:
        _nothing_new(mup, f"{verb} project")
    project.is_active = wanted
    return asdict(project)


def _allocations(mup: MupStandIn, _body: Any, number: str) -> object:
    project = _project(mup, number)
    return [asdict(one) for one in mup.allocations.values() if one.project == project.id]


def _allocation_named(mup: MupStandIn, _body: Any, identifier: str) -> object:
    for one in mup.allocations.values():
        if one.identifier == identifier:
            return asdict(one)
    raise RefusedError(404, {"detail": "Not found."})


def _check_allocation(mup: MupStandIn, project: Project, body: Any) -> None:
    if not project.is_active:
        raise _refuse(mup, project="The project is not active.")
    if body["type"] not in TYPES:
        raise _refuse(mup, type=f"{body['type']} is no type of allocation.")
    if not isinstance(body["size"], int) or body["size"] < 0:
        raise _refuse(mup, size="A valid integer is required.")
    if body["project"] != project.id:
        raise _refuse(mup, project="It is another project's.")


def _add_allocation(mup: MupStandIn, body: Any, number: str) -> object:
    project = _project(mup, number)
    _require_keys(mup, body, ALLOCATION_KEYS, "an allocation")
    _check_allocation(mup, project, body)
    if any(one.identifier == body["identifier"] for one in mup.allocations.values()):
        mup.violations.append("a second allocation of one name")
        raise _refuse(mup, identifier="allocation with this identifier already exists.")
    allocation = Allocation(id=next(mup.numbers), **body)
    if mup.gives_names:
        allocation.identifier = f"NN-{allocation.id}"
    mup.allocations[allocation.id] = allocation
    return asdict(allocation)


def _edit_allocation(mup: MupStandIn, body: Any, number: str, which: str) -> object:
    project = _project(mup, number)
    allocation = mup.allocations.get(int(which))
    if allocation is None or allocation.project != project.id:
        raise RefusedError(404, {"detail": "Not found."})
    _require_keys(mup, body, {*ALLOCATION_KEYS, "id"}, "an edited allocation")
    if body == asdict(allocation):
        _nothing_new(mup, "edit allocation")
    if body["active"]:
        _check_allocation(mup, project, body)
    kept = {"id", "identifier", "type", "used", "project"}
    if any(body[name] != getattr(allocation, name) for name in kept):
        mup.violations.append("an edit changes more than it should")
    allocation.size, allocation.active = body["size"], body["active"]
    return asdict(allocation)


def _usage(mup: MupStandIn, _body: Any, number: str, which: str) -> object:
    _project(mup, number)
    users = mup.used.get(int(which), {})
    total = users.get("TOTAL", sum(float(one) for one in users.values()))
    named = {name: amount for name, amount in users.items() if name != "TOTAL"}
    return {"total": total, "users": named, "unit": "core-hours"}


def _members(mup: MupStandIn, _body: Any, number: str) -> object:
    project = _project(mup, number)
    return [_member(mup, one) for one in mup.members.values() if one.project == project.id]


def _member(mup: MupStandIn, member: Member) -> object:
    user = mup.users[member.user]
    person = {"username": user.username, "email": user.email}
    row = {"id": member.id, "active": member.active}
    return {**row, "member": {"id": user.id, **person}} if mup.nests_members else {**row, **person}


def _add_member(mup: MupStandIn, body: Any, number: str) -> object:
    project = _project(mup, number)
    _require_keys(mup, body, {"user_id", "email", "active"}, "a member")
    user = mup.users.get(body["user_id"])
    if user is None or user.email != body["email"]:
        raise _refuse(mup, user_id=f"{body['email']} is no user.")
    if user.id in mup.refused:
        raise _refuse(mup, detail=f"{user.email} may not join")
    if any((one.project, one.user) == (project.id, user.id) for one in mup.members.values()):
        mup.violations.append("somebody is put into a project twice")
        raise _refuse(mup, detail=f"{user.email} is already a member")
    member = mup.add_member(project, user)
    return _member(mup, member)


def _toggle_member(mup: MupStandIn, body: Any, number: str, which: str) -> object:
    project = _project(mup, number)
    member = mup.members.get(int(which))
    if member is None or member.project != project.id:
        raise RefusedError(404, {"detail": "Not found."})
    _require_keys(mup, body, {"active"}, "a toggle")
    if member.active is body["active"]:
        _nothing_new(mup, "toggle member")
    member.active = body["active"]
    return _member(mup, member)


def _user(mup: MupStandIn, user: User, *, full: bool = False) -> object:
    row = {"id": user.id, "username": user.username, "email": user.email}
    keys = {"user_ssh_keys": [{"key": key} for key in user.keys]}
    return {**row, **keys} if mup.shows_keys or full else row


def _one_user(mup: MupStandIn, is_wanted: Callable[[User], bool], *, full: bool = False) -> object:
    for user in mup.users.values():
        if is_wanted(user):
            return _user(mup, user, full=full)
    raise RefusedError(404, {"detail": "Not found."})


def _user_by_email(mup: MupStandIn, _body: Any, email: str) -> object:
    return _one_user(mup, lambda one: one.is_approved and one.email.lower() == email.lower())


def _user_by_name(mup: MupStandIn, _body: Any, name: str) -> object:
    return _one_user(mup, lambda one: one.is_approved and one.username == name)


def _view_user(mup: MupStandIn, _body: Any, number: str) -> object:
    return _one_user(mup, lambda one: one.id == int(number), full=True)


def _requested(mup: MupStandIn, _body: Any) -> object:
    return [_user(mup, one) for one in mup.users.values() if not one.is_approved]


def _request_user(mup: MupStandIn, body: Any) -> object:
    _require_keys(mup, body, USER_KEYS, "a user")
    for name in ("username", "email"):
        if any(getattr(one, name) == body[name] for one in mup.users.values()):
            mup.violations.append(f"a second user with this {name}")
            raise _refuse(mup, **{name: f"user {body[name]} already exists."})
    user = mup.add_user(body["username"], body["email"], is_approved=False, profile=dict(body))
    return {**_user(mup, user), "first_name": body["first_name"]}


def _link_identity(mup: MupStandIn, body: Any, number: str) -> object:
    user = mup.users.get(int(number))
    _require_keys(mup, body, {"myaccessid"}, "a MyAccessID")
    if user is None:
        raise RefusedError(404, {"detail": "Not found."})
    if body["myaccessid"] in user.keys:
        _nothing_new(mup, "MyAccessID")
    user.keys.append(body["myaccessid"])
    return None


_P = r"/api/projects/(\d+)"
ROUTES: tuple[tuple[str, str, Callable[..., object]], ...] = (
    ("GET", r"/api/research-fields/list/", _fields),
    ("GET", r"/api/projects/list/", _projects),
    ("GET", r"/api/projects/by-grant/([^/]+)", _project_by_grant),
    ("GET", r"/api/projects/view/(\d+)", _view_project),
    ("POST", r"/api/projects/add/", _add_project),
    ("PUT", rf"{_P}/(activate|deactivate)", _switch_project),
    ("GET", rf"{_P}/allocations/list", _allocations),
    ("POST", rf"{_P}/allocations/add", _add_allocation),
    ("PUT", rf"{_P}/allocations/edit/(\d+)", _edit_allocation),
    ("GET", rf"{_P}/allocations/(\d+)/usage", _usage),
    ("GET", r"/api/projects/allocations/([^/]+)", _allocation_named),
    ("GET", rf"{_P}/members/list", _members),
    ("POST", rf"{_P}/members/add", _add_member),
    ("PUT", rf"{_P}/members/(\d+)/toggle-status", _toggle_member),
    ("GET", r"/api/user/request/list/", _requested),
    ("GET", r"/api/user/view/(\d+)", _view_user),
    ("GET", r"/api/user/by-email/([^/]+)", _user_by_email),
    ("GET", r"/api/user/by-username/([^/]+)", _user_by_name),
    ("POST", r"/api/user/", _request_user),
    ("POST", r"/api/user/(\d+)/myaccessid", _link_identity),
)
