"""Making a new plugin from the template: a distribution that works, for a system called Acme."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LEFT_OUT = frozenset({"__pycache__", ".pytest_cache", ".hypothesis"})


class TemplateError(Exception):
    """A plugin cannot be made, and why."""


@dataclass(frozen=True)
class Names:
    """A plugin's name, in the forms in which it occurs.

    Attributes:
        kebab: ``lustre-quota``, as offerings name it.
    """

    kebab: str

    @classmethod
    def of(cls, name: str) -> Names:
        """Take a name.

        Raises:
            TemplateError: it is none that a plugin can have.
        """
        if not NAME.fullmatch(name):
            raise TemplateError(
                f"{name!r} is no name for a plugin: small letters and digits, in words joined by "
                "hyphens, such as lustre-quota"
            )
        return cls(name.removeprefix("waldur-site-agent-"))

    @property
    def distribution(self) -> str:
        """What pip installs."""
        return f"waldur-site-agent-{self.kebab}"

    def in_place_of_acme(self, text: str) -> str:
        """Write the name wherever the template has Acme, in the form that is there."""
        snake = self.kebab.replace("-", "_")
        camel = "".join(word.capitalize() for word in self.kebab.split("-"))
        for form, own in (
            ("_acme", f"_{snake}"),
            ("acme_", f"{snake}_"),
            ("ACME", snake.upper()),
            ("acme", self.kebab),
            ("Acme", camel),
        ):
            text = text.replace(form, own)
        return text


def template_folder() -> Path:
    """Where the template is: in the package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    packed = package / "plugin_template"
    return packed if packed.is_dir() else package.parent / "docs" / "plugin-template"


def make_plugin(names: Names, parent: Path) -> Path:
    """Make a plugin's distribution in a new folder.

    Args:
        names: of the plugin.
        parent: the folder to make it in.

    Returns:
        The new folder.

    Raises:
        TemplateError: it is there already, or cannot be written.
    """
    folder = parent / names.distribution
    try:
        folder.mkdir(parents=True)
        for relative, text in _files(template_folder()):
            path = folder / names.in_place_of_acme(str(relative))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(names.in_place_of_acme(text))
    except FileExistsError:
        raise TemplateError(f"{folder} is there already; nothing was written") from None
    except OSError as error:
        raise TemplateError(f"{folder} cannot be written: {error.strerror}") from error
    return folder


def _files(template: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(template.rglob("*")):
        relative = path.relative_to(template)
        if path.is_file() and not LEFT_OUT & set(relative.parts):
            yield relative, path.read_text()
