"""docs/configuration-reference.md: every key of the configuration, from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent.plugins.schemas import configuration_schema
from waldur_site_agent_testkit.manual.docstrings import markdown, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema: TypeAlias = Mapping[str, object]

HEAD = """\
# Configuration: reference

Every key that may stand in the agent's settings, made from their JSON Schema
(`waldur_site_agent config schema`) by `python -m waldur_site_agent_testkit.manual`. How the file is
read, checked and kept free of secrets, and which keys go together, stands in
[configuration](configuration.md); what the plugins do with theirs, in their own pages.

A key without a default may be left out, unless it is **required**.
"""
CORE: Mapping[str, str] = {
    "Offering": "An offering: `offerings`",
    "RemovalLimits": "`removal_limits` of an offering",
    "BackendComponent": "A component: `backend_components` of an offering",
    "TargetComponentConfig": "An entry of a component's `target_components`",
    "CoreBackendSettings": "What the agent itself reads of `backend_settings`",
    "PeriodicLimits": "`periodic_limits`, as far as the agent reads it",
    "LogShipping": "`log_shipping`",
}
"""The core's own shapes, in the order in which they are told."""
TABLE = "| key | value | default | meaning |\n| --- | --- | --- | --- |"
BOUNDS: Mapping[str, str] = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "minLength": "{} or more characters",
    "minItems": "{} or more",
}


def page() -> str:
    """The whole page, with the plugins that are installed."""
    schema, _errors = configuration_schema()
    return "\n".join([HEAD, *_sections(schema)])


def _sections(schema: Schema) -> Iterator[str]:
    shapes = _objects(schema["$defs"])
    yield _section("The root of the file", schema, shapes)
    for name, title in CORE.items():
        yield _section(title, shapes[name], shapes)
    yield "## Settings of plugins\n"
    for name, shape in shapes.items():
        if name not in CORE and _objects(shape.get("properties")):
            yield _section(f"`{name}`", shape, shapes, level="###")


def _objects(found: object) -> Mapping[str, Schema]:
    return found if isinstance(found, Mapping) else {}


def _section(title: str, shape: Schema, shapes: Mapping[str, Schema], level: str = "##") -> str:
    said = markdown(str(shape.get("description", "")))
    required = shape.get("required")
    needed = required if isinstance(required, list) else []
    rows = [
        _row(key, field, shapes, is_required=key in needed)
        for key, field in _objects(shape.get("properties")).items()
    ]
    return "\n".join([f"{level} {title}\n\n{said}\n\n{TABLE}", *rows, ""])


def _row(key: str, field: Schema, shapes: Mapping[str, Schema], *, is_required: bool) -> str:
    secret = "Secret. " if field.get("secret") else ""
    meaning = one_line(str(field.get("description", ""))).replace("|", "\\|")
    default = "**required**" if is_required else _default(field)
    return f"| `{key}` | {_value(field, shapes)} | {default} | {secret}{meaning} |"


def _default(field: Schema) -> str:
    default = field.get("default")
    if isinstance(default, Mapping):
        return "below" if default else ""
    return "" if default is None or default in ("", []) else f"`{json.dumps(default)}`"


def _value(field: Schema, shapes: Mapping[str, Schema]) -> str:
    """What may stand there, in words."""
    if "$ref" in field:
        return _referred(str(field["$ref"]).rsplit("/", 1)[-1], shapes)
    choices = field.get("anyOf")
    if isinstance(choices, list):
        words = [_value(one, shapes) for one in choices if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(words))
    if "enum" in field or "const" in field:
        return _listed(field.get("enum", [field.get("const")]))
    bounds = [words.format(field[bound]) for bound, words in BOUNDS.items() if bound in field]
    bounds = ["not empty" if one == "1 or more characters" else one for one in bounds]
    return ", ".join([_kind(field, shapes), *bounds])


def _referred(name: str, shapes: Mapping[str, Schema]) -> str:
    shape = shapes[name]
    return _listed(shape["enum"]) if "enum" in shape else "mapping"


def _listed(values: object) -> str:
    return ", ".join(f"`{one}`" for one in values if one != "") if isinstance(values, list) else ""


def _kind(field: Schema, shapes: Mapping[str, Schema]) -> str:
    match field.get("type"):
        case "string":
            return {"uuid": "UUID", "uri": "URL"}.get(str(field.get("format")), "text")
        case "boolean":
            return "`true` or `false`"
        case "integer":
            return "whole number"
        case "array":
            items = _objects(field.get("items"))
            return f"list of {_value(items, shapes)}" if items else "list"
        case "object":
            return "mapping"
        case kind:
            return str(kind or "anything")
