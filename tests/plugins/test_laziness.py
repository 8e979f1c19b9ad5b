"""A plugin that no offering names is not imported: each case in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

LOAD = """
import json, sys
from waldur_site_agent.plugins import configured
from waldur_site_agent.plugins.groups import Role
configured.load(sys.argv[1], **{})
print(json.dumps([name for name in sys.modules if name.startswith("demo_plugin_")]))
"""


@pytest.fixture
def imported(distributions: Any, site: Any) -> Any:
    """The demo plugins' modules that loading a configuration imports."""

    def imported(options: str = "", **offering: Any) -> set[str]:
        path = site.write(offering)
        answer = subprocess.run(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-c", LOAD.replace("**{}", options), str(path)],
            env={**os.environ, "PYTHONPATH": str(distributions.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        return set(json.loads(answer.stdout))

    return imported


def test_only_what_is_named_is_imported(
    distributions: Any, imported: Any, usernames_source: str
) -> None:
    distributions.install(backends={"orders": "Backend"})
    distributions.install(backends={"other": "Backend"})
    distributions.install("1 / 0", backends={"broken": "Backend"})
    distributions.install(usernames_source, username_backends={"names": "Usernames"})
    distributions.install("1 / 0", settings_schemas={"other": "Settings"})
    orders, _, _, names, _ = distributions.modules

    assert imported() == set()
    assert imported(order_processing_backend="orders") == {orders}
    assert imported(username_management_backend="names") == {names}


def test_classes_are_not_imported_when_nobody_asks(distributions: Any, imported: Any) -> None:
    distributions.install(backends={"orders": "Backend"})

    assert imported("load_classes=False", order_processing_backend="orders") == set()


def test_backends_of_other_roles_are_not_imported(distributions: Any, imported: Any) -> None:
    distributions.install(backends={"usage": "Backend"})

    assert imported("roles=[Role.ORDER_PROCESSING]", reporting_backend="usage") == set()
