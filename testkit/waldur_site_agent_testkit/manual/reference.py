"""docs/plugin-reference.md: the plugin contract, from its signatures and docstrings."""

from __future__ import annotations

import inspect
from dataclasses import is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from waldur_site_agent.backend import (
    backends,
    clients,
    exceptions,
    structures,
    usernames,
    utils,
    waldur_objects,
)
from waldur_site_agent.backend.hook_calls import IN_PART_OF
from waldur_site_agent.backend.hooks.capabilities import Capabilities
from waldur_site_agent.backend.hooks.events import EventHooks
from waldur_site_agent.backend.hooks.foundation import Foundation
from waldur_site_agent.backend.hooks.homedirs import HomedirHooks
from waldur_site_agent.backend.hooks.keys import KeyHooks
from waldur_site_agent.backend.hooks.lifecycle import LifecycleHooks
from waldur_site_agent.backend.hooks.limits import LimitHooks
from waldur_site_agent.backend.hooks.measuring import MeasuringHooks
from waldur_site_agent.backend.hooks.members import MemberHooks
from waldur_site_agent.backend.hooks.naming import NamingHooks
from waldur_site_agent.backend.hooks.orders import OrderHooks
from waldur_site_agent.backend.hooks.reading import ReadingHooks
from waldur_site_agent.backend.hooks.states import StateHooks
from waldur_site_agent.backend.hooks.sync import SyncHooks
from waldur_site_agent.backend.hooks.usage import UsageHooks
from waldur_site_agent.config import plugin_schemas
from waldur_site_agent_testkit.manual.docstrings import attributes, markdown, one_line
from waldur_site_agent_testkit.manual.members import (
    Attribute,
    attributes_of,
    definition,
    own_methods,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

HEAD = """\
# The plugin contract: reference

All that a plugin of the Waldur Site Agent may implement, read and raise: made from the signatures
and docstrings of the contract itself by `python -m waldur_site_agent_testkit.manual`. How a plugin
is written stands in the [guide](plugin-development-guide.md), which hook is called when in the
[matrix of hooks](plugin-hooks.md); the [conformance suite](plugin-conformance.md) holds plugins to
it.

*Waldur units* are what people order and see, *backend units* what the backend's own tools take.
**To be implemented** marks what has no default; everything else may be left as it is. Names that
begin with an underscore are hooks like the others, called by other hooks.
"""

SUBJECTS: tuple[tuple[str, type], ...] = (
    ("Foundation", Foundation),
    ("A resource's coming and going", LifecycleHooks),
    ("Ids", NamingHooks),
    ("Limits", LimitHooks),
    ("Reading", ReadingHooks),
    ("Members", MemberHooks),
    ("States", StateHooks),
    ("Usage", UsageHooks),
    ("Usage of many resources", MeasuringHooks),
    ("What is kept in line", SyncHooks),
    ("Orders", OrderHooks),
    ("API keys", KeyHooks),
    ("Home directories", HomedirHooks),
    ("Events of a remote system", EventHooks),
)
"""The classes of which ``BaseBackend`` is put together, in the order in which they are told."""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_parts()])


def _parts() -> Iterator[str]:
    yield _chapter("BaseBackend", backends.BaseBackend)
    for title, cls in SUBJECTS:
        yield _subject(title, cls)
    yield _capabilities()
    yield _chapter("BaseClient", clients.BaseClient)
    yield from _members(clients.BaseClient)
    username_backend = usernames.AbstractUsernameManagementBackend
    yield _chapter("AbstractUsernameManagementBackend", username_backend)
    yield from _members(username_backend)
    yield from _module("Exceptions", exceptions)
    yield from _module("Structures", structures)
    yield from _module("What hooks receive from Waldur", waldur_objects)
    yield from _module("Settings schemas", plugin_schemas, path=SCHEMAS)
    yield from _functions("Functions for plugins", utils)


SCHEMAS = "waldur_site_agent.common.plugin_schemas"
"""The path by which plugins import the schemas."""


def _chapter(title: str, cls: type) -> str:
    module = cls.__module__
    return f"## {title}\n\n`from {module} import {title}`\n\n{markdown(cls.__doc__ or '')}\n"


def _subject(title: str, cls: type) -> str:
    return "\n".join([f"### {title}\n\n{markdown(cls.__doc__ or '')}\n", *_members(cls, "####")])


def _members(cls: type, level: str = "###") -> Iterator[str]:
    listed = [_item(one) for one in attributes_of(cls) if one.text]
    if listed:
        yield "\n".join([*listed, ""])
    for name in own_methods(cls):
        if is_told(name):
            yield _method(cls, name, level)


def is_told(name: str) -> bool:
    """Whether a function is a part of the contract."""
    return not name.startswith("_") or name in IN_PART_OF or name == "__init__"


def _method(cls: type, name: str, level: str) -> str:
    function = vars(cls)[name]
    duty = "**To be implemented.** " if getattr(function, "__isabstractmethod__", False) else ""
    code = f"```python\n{definition(cls, name)}\n```"
    return f"{level} `{name}`\n\n{code}\n\n{duty}{markdown(function.__doc__ or '')}\n"


def _capabilities() -> str:
    flags = attributes_of(Capabilities)
    subjects = dict.fromkeys(flag.subject for flag in flags)
    tables = "\n".join(_flags(subject, flags) for subject in subjects)
    return f"### Capabilities\n\n{markdown(Capabilities.__doc__ or '')}\n\n{tables}"


def _flags(subject: str, flags: Iterable[Attribute]) -> str:
    items = [_item(flag) for flag in flags if flag.subject == subject]
    title = f"{subject}:\n\n" if subject else ""
    return "\n".join([f"{title}{items[0]}", *items[1:], ""])


def _item(one: Attribute) -> str:
    kind = f": {one.kind}" if one.kind else ""
    default = f" = {one.default}" if one.default else ""
    text = f": {one_line(one.text)}" if one.text else ""
    return f"- `{one.name}{kind}{default}`{text}"


def _module(title: str, module: ModuleType, path: str = "") -> Iterator[str]:
    said = markdown(module.__doc__ or "")
    yield f"## {title}\n\n`from {path or module.__name__} import …`\n\n{said}\n"
    named = [one for one in attributes_of(module) if one.text]
    if named:
        yield "\n".join([*map(_item, named), ""])
    for name, member in vars(module).items():
        if inspect.isclass(member) and member.__module__ == module.__name__ and name[0] != "_":
            yield _structure(member)


def _structure(cls: type) -> str:
    bases = ", ".join(base.__name__ for base in cls.__bases__ if base is not object)
    title = f"### `{cls.__name__}{f'({bases})' if bases else ''}`"
    said = markdown(cls.__doc__ or "", without="Attributes")
    listed = [*_fields(cls), *_properties(cls), *_operations(cls)]
    parts = [title, said, *_constructor(cls), "\n".join(listed)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _constructor(cls: type) -> Iterator[str]:
    """How an instance is made, where that is written down: fields tell it of the others."""
    if is_dataclass(cls) or is_protocol(cls) or issubclass(cls, Enum):
        return
    for one in cls.__mro__:
        for name in ("__init__", "__new__"):
            if one.__module__ == cls.__module__ and inspect.isfunction(_plain(one, name)):
                said = markdown(_plain(one, name).__doc__ or "")
                yield f"```python\n{definition(one, name)}\n```\n\n{said}"


def _plain(cls: type, name: str) -> object:
    """A function as it is written: ``__new__`` is a static method."""
    member = vars(cls).get(name)
    return member.__func__ if isinstance(member, staticmethod) else member


def _fields(cls: type) -> Iterator[str]:
    """Fields of dataclasses, typed mappings and settings; members of enumerations."""
    is_shape = is_dataclass(cls) or issubclass(cls, Enum | dict) or hasattr(cls, "model_fields")
    if not is_shape and not is_protocol(cls):
        return
    said = attributes(cls.__doc__ or "")
    for one in attributes_of(cls):
        yield _item(replace(one, text=one.text or said.get(one.name, "")))


def is_protocol(cls: type) -> bool:
    """Whether a class only says what others have."""
    return bool(getattr(cls, "_is_protocol", False))


def _properties(cls: type) -> Iterator[str]:
    for name, member in vars(cls).items():
        if isinstance(member, property) and member.fget:
            yield f"- `{name}: {inspect.signature(member.fget).return_annotation}`"


def _operations(cls: type) -> Iterator[str]:
    if is_protocol(cls):
        for name in own_methods(cls):
            if not name.startswith("_"):
                yield f"- `{definition(cls, name)}`: {one_line(vars(cls)[name].__doc__)}"


def _functions(title: str, module: ModuleType) -> Iterator[str]:
    yield f"## {title}\n\n`from {module.__name__} import …`\n\n{markdown(module.__doc__ or '')}\n"
    for name, member in vars(module).items():
        if inspect.isfunction(member) and member.__module__ == module.__name__ and name[0] != "_":
            yield _function(name, member)


def _function(name: str, function: object) -> str:
    holder = type("Module", (), {name: function})
    code = f"```python\n{definition(holder, name)}\n```"
    return f"### `{name}`\n\n{code}\n\n{markdown(getattr(function, '__doc__', '') or '')}\n"
