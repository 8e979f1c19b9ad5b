"""Backends whose signs of life, settings and claims are wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import BaseModel

from waldur_site_agent_testkit.backends.memory import MemoryBackend

from ..reference import FullBackend, memory  # noqa: TID252 - see table.py
from .table import breaks

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance import Subject


@breaks("a_ping_is_answered", "ping(): expected True")
class Mute(MemoryBackend):
    """Never answers its ping."""

    def ping(self, raise_exception: bool = False) -> bool:
        return False


@breaks("a_ping_is_answered", "found 'pong'")
class Pong(MemoryBackend):
    """Answers its ping with a word."""

    def ping(self, raise_exception: bool = False) -> str:
        super().ping(raise_exception)
        return "pong" if self.system.is_up else ""


@breaks("silence_is_no_ping", "ping() in an outage")
class Optimist(MemoryBackend):
    """Answers its ping whether or not the system does."""

    def ping(self, raise_exception: bool = False) -> bool:
        return True


@breaks("silence_is_no_ping", "ping(raise_exception=True) in an outage")
class Calm(MemoryBackend):
    """Raises nothing, though asked to."""

    def ping(self, raise_exception: bool = False) -> bool:
        return self.system.is_up


@breaks("a_constructor_asks_nothing", "does not answer")
class Eager(MemoryBackend):
    """Asks the system when it is made."""

    def __init__(self, settings: dict, components: dict) -> None:
        super().__init__(settings, components)
        self.system.ask()


@breaks("a_backend_says_what_it_is", "backend_type is 'unknown'")
class Anonymous(MemoryBackend):
    """Does not say what it is."""

    def __init__(self, settings: dict, components: dict) -> None:
        super().__init__(settings, components)
        self.backend_type = "unknown"


@breaks("components_are_listed", "no list of names")
class ComponentsAsOneWord(MemoryBackend):
    """Lists components as one text."""

    def list_components(self) -> str:
        return ", ".join(self.backend_components)


@breaks("diagnostics_are_well_when_all_is_well", "diagnostics(): expected True")
class Pessimist(MemoryBackend):
    """Says nothing after its diagnosis."""

    def diagnostics(self) -> None:
        self.system.ask()


@breaks("diagnostics_tell_an_outage", "does not answer")
class Fainting(MemoryBackend):
    """Cannot be diagnosed when it would help."""

    def diagnostics(self) -> bool:
        self.system.ask()
        return True


@breaks("a_pass_may_end_as_it_likes", "snapshot")
class OnePassOnly(MemoryBackend):
    """Ends only what began."""

    def begin_pass(self) -> None:
        self.snapshot = dict(self.system.accounts)

    def end_pass(self) -> None:
        del self.snapshot


@breaks("a_preflight_tells_an_outage", "run_preflight() in an outage")
class AlwaysReady(FullBackend):
    """Lets every pass begin."""

    def run_preflight(self) -> None:
        return


class Narrow(BaseModel):
    """Takes no settings but one."""

    system: int


class Wide(BaseModel):
    """Takes everything."""

    system: object
    allocation_prefix: object


def _with_schema(schema: type[BaseModel], kind: type[MemoryBackend]) -> Subject:
    return replace(memory(kind), settings_schema=schema)


@breaks(
    "settings_that_work_are_taken",
    "what the schema says of good settings",
    subject=lambda kind: _with_schema(Narrow, kind),
)
class TooNarrow(MemoryBackend):
    """Has a schema that refuses what works."""


@breaks(
    "wrong_settings_are_named",
    "allocation_prefix: 5 is not refused",
    subject=lambda kind: _with_schema(Wide, kind),
)
class TooWide(MemoryBackend):
    """Has a schema that takes everything."""


@breaks("flags_and_hooks_go_together", "where supports_daily_usage is True")
class Boaster(MemoryBackend):
    """Promises daily usage, and has none."""

    supports_daily_usage = True


@breaks("flags_and_hooks_go_together", "where supports_periodic_settings is False")
class HidesItsLight(FullBackend):
    """Could apply policies, and does not say so."""

    supports_periodic_settings = False


@breaks("hooks_take_what_the_agent_passes", "add_users_to_resource: got an unexpected keyword")
class Strict(MemoryBackend):
    """Takes no keywords when users are added."""

    def add_users_to_resource(self, waldur_resource: object, user_ids: set[str]) -> set[str]:
        return super().add_users_to_resource(waldur_resource, user_ids)
