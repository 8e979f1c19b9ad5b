"""Generated clients load one module at a time: each case in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SAY_WHAT_IS_LOADED = """
import json, sys
from waldur_site_agent.plugins import lazy_packages
{install}
{use}
print(json.dumps(sorted(name for name in sys.modules if name.startswith("waldur_api_client"))))
"""

MODELS = "waldur_api_client.models"
PLAIN = '''"""Contains all the data models"""
from .order import Order
from .user import (
    User,
)
__version__ = "8"
__all__ = ("Order", "User")
'''


@pytest.fixture
def after(tmp_path: Path) -> Any:
    """The client's modules that are loaded once some code has run."""

    def after(use: str, *, models: str = PLAIN, install: str = "lazy_packages.install()") -> Any:
        package = tmp_path / "waldur_api_client" / "models"
        package.mkdir(parents=True)
        (package.parent / "__init__.py").write_text("")
        (package / "__init__.py").write_text(models)
        (package / "order.py").write_text("class Order: pass")
        (package / "user.py").write_text("from .order import Order\nclass User: pass")
        answer = subprocess.run(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-c", SAY_WHAT_IS_LOADED.format(use=use, install=install)],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        loaded = json.loads(answer.stdout.splitlines()[-1])
        return [name.removeprefix(MODELS) for name in loaded if name.startswith(MODELS)]

    return after


@pytest.mark.parametrize(
    ("use", "loaded"),
    [
        ("import waldur_api_client", []),
        ("import waldur_api_client.models", [""]),
        ("from waldur_api_client.models import Order", ["", ".order"]),
        ("from waldur_api_client.models.order import Order", ["", ".order"]),
        ("import waldur_api_client.models as m; m.User", ["", ".order", ".user"]),
        ("import waldur_api_client.models as m; m.order.Order", ["", ".order"]),
        ("from waldur_api_client.models import *; Order, User", ["", ".order", ".user"]),
    ],
)
def test_only_what_is_asked_for_is_loaded(after: Any, use: str, loaded: list[str]) -> None:
    assert after(use) == loaded


def test_a_name_is_the_same_thing_wherever_it_is_taken_from(after: Any) -> None:
    assert after(
        "import waldur_api_client.models as m\n"
        "from waldur_api_client.models.user import User\n"
        "assert m.User is User and m.__version__ == '8'"
    )


def test_a_name_that_is_not_there_is_missed_as_usual(after: Any) -> None:
    assert after(
        "import waldur_api_client.models as m\n"
        "assert not hasattr(m, 'Nothing')\n"
        "try:\n    from waldur_api_client.models import Nothing\n"
        "except ImportError as error:\n    assert 'Nothing' in str(error)"
    ) == [""]


@pytest.mark.parametrize(
    "more",
    [
        "from .order import Order as Bestellung",
        "from .order import *",
        "from os import sep",
        "TABLE = {'order': Order}",
        "print('loading')",
    ],
)
def test_a_package_that_does_more_is_run_as_it_is(after: Any, more: str) -> None:
    assert after("import waldur_api_client.models", models=f"{PLAIN}{more}\n") == [
        "",
        ".order",
        ".user",
    ]


def test_without_it_everything_is_loaded(after: Any) -> None:
    assert after("import waldur_api_client.models", install="") == ["", ".order", ".user"]


def test_an_error_inside_of_a_module_is_not_taken_for_a_missing_name(
    after: Any,
) -> None:
    assert after(
        "import waldur_api_client.models as m, pathlib\n"
        "(pathlib.Path(m.__path__[0]) / 'odd.py').write_text('import not_installed_anywhere')\n"
        "try:\n    m.odd\n"
        "except ModuleNotFoundError as error:\n    assert error.name == 'not_installed_anywhere'"
    ) == [""]
