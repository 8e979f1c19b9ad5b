"""Distributions with plugins, installed into a folder for one test, and sites that name them."""

from __future__ import annotations

import importlib
import sys
from itertools import count
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from waldur_site_agent.plugins import configured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from waldur_site_agent.plugins.configured import Configured

NUMBERS = count()

BACKEND = """
    from waldur_site_agent.backend.backends import BaseBackend

    class Backend(BaseBackend):
        def ping(self, raise_exception=False): return True
        def diagnostics(self): return True
        def list_components(self): return list(self.backend_components)
        def _pull_backend_resource(self, resource_backend_id): return None
        def _get_usage_report(self, resource_backend_ids): return {}
        def downscale_resource(self, resource_backend_id): return True
        def pause_resource(self, resource_backend_id): return True
        def restore_resource(self, resource_backend_id): return True
        def get_resource_metadata(self, resource_backend_id): return {}
        def _collect_resource_limits(self, waldur_resource): return {}, {}
        def _pre_create_resource(self, waldur_resource, user_context=None): pass
"""
"""A backend as the plugins of the 1.x agent write it."""

USERNAMES = """
    from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend

    class Usernames(AbstractUsernameManagementBackend):
        def generate_username(self, offering_user): return "somebody"
        def get_username(self, offering_user): return None
"""


class Distributions:
    """Installs packages into a folder that is on the search path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: list[str] = []

    def install(
        self,
        source: str = BACKEND,
        *,
        backends: dict[str, str] | None = None,
        username_backends: dict[str, str] | None = None,
        settings_schemas: dict[str, str] | None = None,
        component_schemas: dict[str, str] | None = None,
        distribution: str = "",
    ) -> str:
        """Install one package; entry points name attributes of its module. Answers its name."""
        module = f"demo_plugin_{next(NUMBERS)}"
        self.modules.append(module)
        (self.folder / f"{module}.py").write_text(dedent(source))
        name = distribution or module.replace("_", "-")
        groups = {
            "backends": backends,
            "username_management_backends": username_backends,
            "backend_settings_schemas": settings_schemas,
            "component_schemas": component_schemas,
        }
        self._write_metadata(name, module, {k: v for k, v in groups.items() if v})
        importlib.invalidate_caches()
        return name

    def _write_metadata(self, name: str, module: str, groups: dict[str, dict[str, str]]) -> None:
        info = self.folder / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        lines = []
        for group, entry_points in groups.items():
            lines.append(f"[waldur_site_agent.{group}]")
            lines += [f"{key} = {module}:{attribute}" for key, attribute in entry_points.items()]
        (info / "entry_points.txt").write_text("\n".join(lines))


@pytest.fixture
def distributions(tmp_path: Path) -> Iterator[Distributions]:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    made = Distributions(folder)
    sys.path.insert(0, str(folder))
    try:
        yield made
    finally:
        sys.path.remove(str(folder))
        for module in made.modules:
            sys.modules.pop(module, None)


class Site:
    """A configuration file whose offerings are named A, B, C …, all right for the core."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "config.yaml"

    def write(self, *offerings: dict[str, Any]) -> Path:
        blocks = [
            {
                "name": "ABC"[number],
                "waldur_api_url": "https://waldur.example.org/api/",
                "waldur_api_token": "token-of-the-agent",
                "waldur_offering_uuid": f"0000000{number}-5567-425d-a9cd-bdc1af67b32c",
                "backend_type": "custom",
                **offering,
            }
            for number, offering in enumerate(offerings)
        ]
        self.path.write_text(yaml.safe_dump({"offerings": blocks}, sort_keys=False))
        self.path.chmod(0o600)
        return self.path

    def load(self, *offerings: dict[str, Any], **options: Any) -> Configured:
        return configured.load(self.write(*offerings), **options)

    def read(self) -> Configured:
        """Load the file as it is."""
        return configured.load(self.path)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def backend_source() -> str:
    return BACKEND


@pytest.fixture
def usernames_source() -> str:
    return USERNAMES
