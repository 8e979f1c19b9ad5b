"""What classes of the plugin contract consist of, as it is written in their source."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import ModuleType

WIDTH = 100
STARS: Mapping[object, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A field of a class, or a name of a module.

    Attributes:
        name: of the attribute.
        kind: its annotation; empty for members of enumerations.
        default: as it is written; empty where there is none.
        text: the string below it.
        subject: what the last comment line above it says.
    """

    name: str
    kind: str
    default: str
    text: str
    subject: str


NAMED = frozenset({inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.KEYWORD_ONLY})
"""What comes after these is given by its name alone."""


def attributes_of(owner: type | ModuleType) -> list[Attribute]:
    """List what is assigned or annotated in a class, or in a module, in its order."""
    source = textwrap.dedent(inspect.getsource(owner))
    lines = source.splitlines()
    tree: ast.Module | ast.ClassDef = ast.parse(source)
    if inspect.isclass(owner):
        tree = next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return list(_attributes(tree.body, lines))


def _attributes(body: Sequence[ast.stmt], lines: Sequence[str]) -> Iterator[Attribute]:
    subject = ""
    for node, following in zip(body, [*body[1:], None], strict=True):
        subject = _comment_above(node, lines) or subject
        if isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            yield Attribute(
                name=ast.unparse(target),
                kind=ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else "",
                default=ast.unparse(node.value) if node.value else "",
                text=_string(following),
                subject=subject,
            )


def _comment_above(node: ast.stmt, lines: Sequence[str]) -> str:
    """The comment that stands alone, with a blank line between it and what it is about."""
    *_, comment, blank = ["", "", *lines[: node.lineno - 1]]
    stands_alone = comment.strip().startswith("# ") and not blank.strip()
    return comment.strip().removeprefix("# ") if stands_alone else ""


def _string(node: ast.stmt | None) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
    return ""


def own_methods(cls: type) -> list[str]:
    """List the names of the functions that a class defines itself, in its order."""
    return [name for name, member in vars(cls).items() if inspect.isfunction(member)]


def definition(cls: type, name: str) -> str:
    """Write a method's definition as it would stand in a class of its own, without its body."""
    member = vars(cls)[name]
    function = member.__func__ if isinstance(member, staticmethod) else inspect.unwrap(member)
    signature = inspect.signature(function)
    parts = [str(part) for part in _parameters(signature)]
    returns = signature.return_annotation
    end = ")" if returns is inspect.Signature.empty else f") -> {returns}"
    line = f"def {name}({', '.join(parts)}{end}: ..."
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"def {name}(", *(f"    {part}," for part in parts), f"{end}: ..."])


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    """Write parameters as in the source: annotations are text there, and stay what they are."""
    are_named = False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not are_named:
            yield "*"
        are_named = parameter.kind in NAMED
        name = f"{STARS.get(parameter.kind, '')}{parameter.name}"
        kind = "" if parameter.annotation is parameter.empty else f": {parameter.annotation}"
        equals = " = " if kind else "="
        default = parameter.default
        yield f"{name}{kind}{'' if default is parameter.empty else f'{equals}{_written(default)}'}"


def _written(default: object) -> str:
    """As the formatter has it: text in double quotes."""
    return f'"{default}"' if isinstance(default, str) else repr(default)
