"""What MUP tells of its things, as far as it is read. Other fields are kept where they go back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Id: TypeAlias = int | str
Row: TypeAlias = Mapping[str, object]


class UnreadableError(ValueError):
    """A row that lacks what it has to have; the text names the field."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project; ``grant`` is its grant number."""

    id: Id
    grant: str
    is_active: bool = True

    @classmethod
    def of(cls, row: Row) -> Project:
        """Read one."""
        return cls(
            id=_id(row, "id"),
            grant=_text(row, "grant_number"),
            is_active=_flag(row, "active", "is_active", default=True),
        )


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """An allocation of one type.

    Attributes:
        project: the id of its project.
        identifier: its name, unique on the portal.
        size: in MUP's units.
        row: as MUP told it: an edit hands all of it back.
    """

    id: Id
    project: Id
    type: str
    identifier: str
    size: float
    is_active: bool
    row: Row = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, row: Row, *, project: Id | None = None) -> Allocation:
        """Read one; ``project`` is where it was listed, should it not tell itself."""
        return cls(
            id=_id(row, "id"),
            project=_project_of(row) if row.get("project") or project is None else project,
            type=_text(row, "type"),
            identifier=_text(row, "identifier"),
            size=_number(row, "size"),
            is_active=_flag(row, "active", "is_active"),
            row=row,
        )


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody's place in a project, which stays when it is switched off."""

    id: Id
    username: str = field(repr=False)
    email: str = field(repr=False)
    is_active: bool

    @classmethod
    def of(cls, row: Row) -> Member:
        """Read one; servers tell the person flatly or as an object of its own."""
        person = row.get("member")
        about = person if isinstance(person, Mapping) else row
        return cls(
            id=_id(row, "id"),
            username=_text(about, "username"),
            email=_text(about, "email"),
            is_active=_flag(row, "active", "is_active"),
        )


@dataclass(frozen=True, kw_only=True)
class User:
    """A person on the portal, accepted or asked for; ``keys`` is None where it is not told."""

    id: Id
    username: str = field(repr=False)
    email: str = field(repr=False)
    keys: frozenset[str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, row: Row) -> User:
        """Read one."""
        listed = row.get("user_ssh_keys")
        return cls(
            id=_id(row, "id"),
            username=_text(row, "username"),
            email=_text(row, "email"),
            keys=frozenset(_keys(listed)) if isinstance(listed, list) else None,
        )


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What was used of an allocation so far, in MUP's units."""

    total: float
    users: Mapping[str, float] = field(repr=False)

    @classmethod
    def of(cls, row: Row) -> Usage:
        """Read one; amounts may be text, and a nameless user's are in the total only."""
        users = row.get("users") or {}
        if not isinstance(users, Mapping):
            raise UnreadableError("'users' is no object")
        named = {str(name): one for name, one in users.items() if str(name).strip()}
        return cls(
            total=_amount(row.get("total"), "total"),
            users={name: _amount(one, "users") for name, one in named.items()},
        )


def field_id(row: Row) -> Id:
    """Read the id of a research field."""
    return _id(row, "id")


def _keys(listed: Iterable[object]) -> list[str]:
    return [str(one.get("key", "")) for one in listed if isinstance(one, Mapping)]


def _id(row: Row, name: str) -> Id:
    value = row.get(name)
    if isinstance(value, int | str) and not isinstance(value, bool) and value != "":
        return value
    raise UnreadableError(f"{name!r} is no id")


def _project_of(row: Row) -> Id:
    project = row.get("project")
    return _id(project, "id") if isinstance(project, Mapping) else _id(row, "project")


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if isinstance(value, str):
        return value.strip()
    raise UnreadableError(f"{name!r} is no text")


def _flag(row: Row, *names: str, default: bool | None = None) -> bool:
    told = next((row[name] for name in names if name in row), default)
    if isinstance(told, bool):
        return told
    raise UnreadableError(f"{names[0]!r} is neither true nor false")


def _number(row: Row, name: str) -> float:
    return _amount(row.get(name), name)


def _amount(value: object, name: str) -> float:
    """A finite number from 0 on, as JSON or as text."""
    try:
        number = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        number = -1.0
    if isinstance(value, bool) or not 0 <= number < float("inf"):
        raise UnreadableError(f"{name!r} is no amount")
    return int(number) if number.is_integer() else number
