"""Roles that come, go and expire: what every listing says of them, whatever happened before."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from waldur_site_agent_testkit.federation import federation
from waldur_site_agent_testkit.mastermind.state import Role

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
ROLES = (Role.PROJECT_MANAGER, Role.PROJECT_ADMIN, Role.PROJECT_MEMBER)
NAMES = ("ada@idp", "bob@idp")
who = st.sampled_from(NAMES)
where = st.sampled_from((0, 1))
which = st.sampled_from(ROLES)
Held = tuple[str, int, Role]


class Roles(RuleBasedStateMachine):
    """An ordinary owner gives and takes roles in two projects of one customer of B."""

    def __init__(self) -> None:
        super().__init__()
        both = federation()
        world = self.world = both.b.world
        world.clock.set(NOW)
        self.customer = both.b.customer
        self.projects = [world.add_project(self.customer, f"P{n}") for n in (0, 1)]
        self.resources = [world.add_resource(p, both.b.offering, "r") for p in self.projects]
        self.people = {name: world.add_user(name) for name in NAMES}
        self.api = httpx2.Client(
            transport=both.network(),
            base_url="http://b.test/api/",
            headers={"authorization": f"Token {both.b.token}"},
        )
        self.roles = {row["name"]: row["uuid"] for row in self.rows("roles/?page_size=50")}
        self.expected: dict[Held, datetime | None] = {}

    def rows(self, path: str) -> Any:
        return self.api.get(path).json()

    def live(self) -> dict[Held, datetime | None]:
        now = self.world.clock.now()
        return {held: end for held, end in self.expected.items() if end is None or end > now}

    def ask(self, action: str, held: Held, **more: str) -> int:
        name, project, role = held
        body = {"user": self.people[name].uuid, "role": self.roles[role], **more}
        path = f"projects/{self.projects[project].uuid}/{action}/"
        return self.api.post(path, json=body).status_code

    @rule(name=who, project=where, role=which, minutes=st.none() | st.integers(1, 5))
    def give(self, name: str, project: int, role: Role, minutes: int | None) -> None:
        held = (name, project, role)
        end = self.world.clock.now() + timedelta(minutes=minutes) if minutes else None
        more = {"expiration_time": end.isoformat()} if end else {}
        known = held in self.live()
        assert self.ask("add_user", held, **more) == (400 if known else 201)
        if not known:
            self.expected[held] = end

    @rule(name=who, project=where, role=which)
    def take(self, name: str, project: int, role: Role) -> None:
        held = (name, project, role)
        known = held in self.live()
        assert self.ask("delete_user", held) == (200 if known else 400)
        self.expected.pop(held, None)

    @rule(minutes=st.integers(1, 3))
    def wait(self, minutes: int) -> None:
        self.world.clock.advance(seconds=60 * minutes)

    @invariant()
    def every_listing_agrees(self) -> None:
        live = set(self.live())
        by_project = {
            (row["user_username"], number, row["role_name"])
            for number, project in enumerate(self.projects)
            for row in self.rows(f"projects/{project.uuid}/list_users/?page_size=50")
        }
        assert by_project == live
        assert self.of_customer() == live
        for number, resource in enumerate(self.resources):
            team = self.rows(f"marketplace-resources/{resource.uuid}/team/")
            here = [(row["username"], row["role"]) for row in team]
            assert sorted(here) == sorted(highest(held for held in live if held[1] == number))

    def of_customer(self) -> set[Held]:
        numbers = {project.uuid: number for number, project in enumerate(self.projects)}
        return {
            (row["username"], numbers[held["uuid"]], held["role_name"])
            for row in self.rows(f"customers/{self.customer.uuid}/users/?page_size=50")
            for held in row["projects"]
        }

    @invariant()
    def nothing_was_strange(self) -> None:
        assert self.world.violations == []

    def teardown(self) -> None:
        self.api.close()


def highest(live: Iterable[Held]) -> list[tuple[str, str]]:
    """Whom a team has, each with the highest role."""
    best: dict[str, int] = {}
    for name, _, role in live:
        best[name] = min(best.get(name, len(ROLES)), ROLES.index(role))
    return [(name, ROLES[rank].removeprefix("PROJECT.").lower()) for name, rank in best.items()]


TestRoles = Roles.TestCase
TestRoles.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
