"""Generated client libraries, one module at a time.

``import waldur_api_client.models`` reads three thousand modules, whatever one name is asked for:
seconds, and a hundred megabytes, of which a plugin uses a few dozen. The client of Kubernetes is
made the same way. Once ``install`` was called, such a package reads a module when one of its names
is first asked for. What can be imported, and what it is, stays the same.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

PACKAGES = frozenset(
    {
        "kubernetes.client",
        "kubernetes.client.api",
        "kubernetes.client.models",
        "waldur_api_client.models",
    }
)
"""Packages that hold nothing of their own, and import all that lies in them."""


def install() -> None:
    """See to it that they load lazily, if they are not loaded yet. Repeating it is free."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of the packages where Python finds it, to be loaded another way."""
        if fullname not in PACKAGES:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(fullname, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        """Note where each name lives; where the package does more than that, run it as it is."""
        contents = contents_of(self.get_data(self.path), module.__name__)
        if contents is None:
            super().exec_module(module)
            return
        load = _load_into(module, contents.homes)
        module.__dict__.update(contents.constants, __getattr__=load, __all__=sorted(contents.homes))


def _load_into(module: ModuleType, homes: Mapping[str, str]) -> Callable[[str], object]:
    def load(name: str) -> object:
        if name in homes:
            value = getattr(import_module(homes[name]), name)
        else:
            value = _submodule(module.__name__, name)
        setattr(module, name, value)
        return value

    return load


def _submodule(package: str, name: str) -> ModuleType:
    """Read a submodule that is used without having been imported, as all of them once were."""
    try:
        return import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.{name}":
            raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}") from None


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a package's ``__init__`` amounts to.

    Attributes:
        homes: by name, the full name of the module that it is imported from.
        constants: what it sets itself, such as its ``__version__``.
    """

    homes: Mapping[str, str]
    constants: Mapping[str, object]


def contents_of(source: bytes | str, package: str) -> Contents | None:
    """Read what a package's ``__init__`` does, without doing it.

    Args:
        source: its text.
        package: its full name.

    Returns:
        None where it does more than import names from its own modules and set constants, so that
        only running it can tell.
    """
    homes: dict[str, str] = {}
    constants: dict[str, object] = {}
    for statement in ast.parse(source).body:
        match statement:
            case ast.ImportFrom(module="__future__") | ast.Expr(value=ast.Constant()):
                pass
            case ast.ImportFrom(module=str(home), level=level, names=names):
                full_name = home if level == 0 else f"{package}.{home}"
                if level > 1 or not full_name.startswith(f"{package}.") or _renames(names):
                    return None
                homes.update((one.name, full_name) for one in names)
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                constants[name] = value
            case _:
                return None
    return Contents(homes=homes, constants=constants)


def _renames(names: Sequence[ast.alias]) -> bool:
    return any(one.asname or one.name == "*" for one in names)
