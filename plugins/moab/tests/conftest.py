"""A MAM in the test's own process, and the plugin on it."""

from __future__ import annotations

import importlib.util
import sys
import uuid
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.backend.commands import Completed
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_moab.backend import MoabBackend
from waldur_site_agent_moab.client import MoabClient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SETTINGS = {"customer_prefix": "c_", "project_prefix": "p_", "allocation_prefix": "a_"}
COMPONENTS = {"deposit": {"accounting_type": "limit", "label": "Deposit", "measured_unit": "EUR"}}


def _load_standin() -> ModuleType:
    path = Path(__file__).with_name("mam_standin.py")
    spec = importlib.util.spec_from_file_location("mam_standin", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault("mam_standin", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


STANDIN = _load_standin()


class InProcess(STANDIN.Mam):  # type: ignore[name-defined,misc]  # loaded by its path
    """MAM without processes. ``before`` and ``after`` are called around every command."""

    def __init__(self) -> None:
        super().__init__()
        self.is_up = True
        self.before: Callable[[str], None] = lambda _program: None
        self.after: Callable[[str], None] = lambda _program: None
        self.says: dict[str, str] = {}

    def run(self, argv: Sequence[str], *, timeout: float) -> Completed:
        assert timeout > 0
        program = argv[0].rsplit("/", 1)[-1]
        self.before(program)
        if not self.is_up:
            return Completed(STANDIN.EXIT_DOWN, STANDIN.DOWN)
        try:
            completed = Completed(0, self.answer(argv))
        except STANDIN.RefusedError as error:
            completed = Completed(error.code, error.said)
        self.after(program)
        said = self.says.get(program)
        return completed if said is None else Completed(completed.exit_code, said)

    def lose_answers_of(self, program: str) -> None:
        """Let commands take effect, and their callers not learn of it."""

        def lose(name: str) -> None:
            if name == program:
                raise BackendUnavailableError(f"{name} did not end within 120 seconds")

        self.after = lose


class OnMam(MoabBackend):
    """The plugin with its commands answered in memory, and its programs all installed."""

    def __init__(self, mam: InProcess, settings: dict[str, Any], components: Any) -> None:
        self._mam = mam
        super().__init__(settings, components)

    def make_client(self, settings: Any) -> MoabClient:
        return InstalledClient(settings, runner=self._mam.run)


class InstalledClient(MoabClient):
    def has_program(self, name: str) -> bool:
        del name
        return True


def resource_of(**changes: Any) -> Any:
    fields: dict[str, Any] = {
        "uuid": uuid.UUID(int=7),
        "name": "My allocation",
        "slug": "x1",
        "backend_id": "a_x1",
        "limits": {"deposit": 150},
        "project_slug": "proj",
        "project_name": "Project",
        "customer_slug": "cust",
    }
    return SimpleNamespace(**{**fields, **changes})


@pytest.fixture
def standin() -> ModuleType:
    return STANDIN


@pytest.fixture
def mam() -> InProcess:
    return InProcess()


@pytest.fixture
def make_mam() -> Callable[[], InProcess]:
    return InProcess


@pytest.fixture
def on_mam() -> type[OnMam]:
    return OnMam


@pytest.fixture
def make_resource() -> Callable[..., Any]:
    return resource_of


@pytest.fixture
def make_backend_on() -> Callable[..., OnMam]:
    def make(mam: InProcess, deposit: dict[str, Any] | None = None, **settings: Any) -> OnMam:
        components = COMPONENTS if deposit is None else {"deposit": deposit}
        return OnMam(mam, {**SETTINGS, **settings}, components)

    return make


@pytest.fixture
def make_backend(mam: InProcess, make_backend_on: Callable[..., OnMam]) -> Callable[..., OnMam]:
    return partial(make_backend_on, mam)


@pytest.fixture
def backend(make_backend: Callable[..., OnMam]) -> OnMam:
    return make_backend()
