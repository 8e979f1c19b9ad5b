"""What an author gives to be tested: a backend on a fresh system, and ways to disturb it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from pydantic import BaseModel

    from waldur_site_agent.backend.backends import BaseBackend


@dataclass(frozen=True, kw_only=True)
class Used:
    """What a user used of a resource in one month, beside what was used before.

    Attributes:
        backend_id: the resource's id on the backend.
        username: who.
        year: of the month.
        month: 1 to 12.
        amounts: by component, in Waldur units.
    """

    backend_id: str
    username: str
    year: int
    month: int
    amounts: Mapping[str, float]


class Facet(StrEnum):
    """What of a subject is optional, and needed by some rules; by the names of its fields."""

    SET_REACHABLE = "set_reachable"
    EFFECTS = "effects"
    ON_EFFECT = "on_effect"
    REFUSE = "refuse"
    REFUSE_CREATION = "refuse_creation"
    USE = "use"
    HOMES = "homes"
    SETTLE = "settle"
    SECRETS = "secrets"
    WRONG_SETTINGS = "wrong_settings"
    SETTINGS_SCHEMA = "settings_schema"
    NAMES_USERS = "names_users"
    """Of username backends."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A backend on a system of its own, which nobody has used yet.

    Only ``backend`` has to be given. Each of the others raises what is tested; what could not be
    tested for lack of one is told in the report.

    Attributes:
        backend: make a backend as a process of the agent does, for a pass. Each call is another
            process; all of them are on the same system.
        set_reachable: cut the system off (False), or make it reachable again (True).
        effects: what was written to the system so far, in order and in whatever form. Reads, and
            writes of what is so already, are no effects.
        on_effect: take a function, and from now on call it before and after each effect, in the
            thread of the hook. It may raise, which stands for a process that is killed there.
        refuse: have the system say a definite no to putting this user on any resource.
        refuse_creation: have the system say a definite no to every new resource.
        use: have a user use something; see :class:`Used`.
        know: make a person known to the system, by the username, before the person is put on a
            resource: a Unix account, an entry in a directory. Nothing where that is not needed.
        homes: who has a home directory. Only where they are fakes: they are really made.
        settle: let remote orders come to their end, where the backend is asynchronous.
        limits: what is ordered, by component and in Waldur units. By default 10 of each component
            that is billed by limits.
        attributes: of Create orders.
        plugin_options: of the offering in Waldur.
        project_names: of the two projects in Waldur, where names mean something to the backend.
        offering: further keys of the offering's settings.
        secrets: what must not be found in a log line: passwords, tokens.
        settings_schema: the schema of ``backend_settings``.
        wrong_settings: by key, a value that ``backend_settings`` cannot have.
        close: called at the end.
    """

    backend: Callable[[], BaseBackend]
    set_reachable: Callable[[bool], object] | None = None
    effects: Callable[[], Sequence[object]] | None = None
    on_effect: Callable[[Callable[[], None]], object] | None = None
    refuse: Callable[[str], object] | None = None
    refuse_creation: Callable[[], object] | None = None
    use: Callable[[Used], object] | None = None
    know: Callable[[str], object] | None = None
    homes: Callable[[], Collection[str]] | None = None
    settle: Callable[[], object] | None = None
    limits: Mapping[str, float] | None = None
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    plugin_options: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    project_names: tuple[str, str] = ("Climate", "Ocean")
    offering: Mapping[str, object] = field(default_factory=dict)
    secrets: Collection[str] = ()
    settings_schema: type[BaseModel] | None = None
    wrong_settings: Mapping[str, object] = field(default_factory=dict)
    close: Callable[[], object] | None = None

    def has(self, facet: Facet) -> bool:
        """Whether an optional part was given."""
        return bool(getattr(self, facet))
