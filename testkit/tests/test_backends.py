"""The fake backends: the same system, reached one by one or in bulk, and its trouble."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import MembersChange, MembersChanged, ResourceStatus
from waldur_site_agent.waldur.models import Resource
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.backends.system import SYSTEMS, MemoryAccount, MemorySystem

COMPONENTS = {"cpu": {"unit_factor": 60}, "mem": {"unit_factor": 2}}
BOTH = pytest.mark.parametrize("kind", [MemoryBackend, BulkBackend])
NAMES = ("ada", "bob", "eve", "kim")
USERS = st.frozensets(st.sampled_from(NAMES))


def make(kind: type[MemoryBackend], **users: frozenset[str]) -> MemoryBackend:
    """Return a backend of a new system with these accounts and their users."""
    SYSTEMS["tested"] = MemorySystem()
    backend = kind({"system": "tested"}, COMPONENTS)
    for name, members in users.items():
        account = MemoryAccount(name=name, organization="root", owner="", users=set(members))
        backend.system.accounts[name] = account
    return backend


def resource(name: str) -> Resource:
    return Resource(uuid=UUID(int=sum(map(ord, name))), backend_id=name)


def told(answer: MembersChanged) -> tuple[object, ...]:
    users = (set(answer.added), set(answer.added.waiting), set(answer.added.failed))
    removed = (set(answer.removed), set(answer.removed.failed))
    return (*users, *removed, answer.error is not None)


@given(
    here=st.tuples(USERS, USERS),
    changes=st.lists(st.tuples(st.sampled_from("xyz"), USERS, USERS), max_size=4),
    strangers=USERS,
    refuses=st.sets(st.sampled_from(("add", "remove"))),
)
def test_bulk_does_what_one_by_one_does(
    here: tuple[frozenset[str], frozenset[str]],
    changes: list[tuple[str, frozenset[str], frozenset[str]]],
    strangers: frozenset[str],
    refuses: set[str],
) -> None:
    """There is no account ``z``. Who is to come and to go at once is nobody's business."""
    asked = [
        MembersChange(resource=resource(name), add=add - remove, remove=remove)
        for name, add, remove in changes
    ]
    outcomes = []
    for kind in (MemoryBackend, BulkBackend):
        backend = make(kind, x=here[0], y=here[1])
        backend.system.strangers = set(strangers)
        backend.system.refuses = set(refuses)
        answers = [told(answer) for answer in backend.change_members(asked)]
        outcomes.append((answers, {n: a.users for n, a in backend.system.accounts.items()}))
    assert outcomes[0] == outcomes[1]


def test_bulk_is_one_call() -> None:
    backend = make(BulkBackend, **{f"a{n}": frozenset({"ada"}) for n in range(50)})
    resources = [resource(name) for name in backend.system.accounts]

    found = backend.pull_resources([*resources, resource("gone")], strict=True)
    backend.change_members(
        [MembersChange(resource=one, add=frozenset({"bob"})) for one in resources]
    )

    assert backend.system.calls == {"pull": 1, "change_members": 1}
    assert len(backend.system.effects) == len(found) == 50
    assert found["a7"][1].users == ["ada"]


@BOTH
def test_what_is_so_already_is_no_effect(kind: type[MemoryBackend]) -> None:
    backend = make(kind, x=frozenset({"ada"}))
    change = MembersChange(
        resource=resource("x"), add=frozenset({"ada"}), remove=frozenset({"bob"})
    )

    (answer,) = backend.change_members([change])

    assert (set(answer.added), list(answer.removed)) == ({"ada"}, ["bob"])
    assert backend.system.effects == []


@BOTH
def test_limits_are_told_in_waldur_units(kind: type[MemoryBackend]) -> None:
    backend = make(kind, x=frozenset())
    backend.set_resource_limits("x", {"cpu": 10, "mem": 3})

    assert backend.system.accounts["x"].limits == {"cpu": 600, "mem": 6}
    assert backend.get_resource_limits("x") == {"cpu": 10, "mem": 3}


@BOTH
def test_limits_of_users_come_and_go_with_them(kind: type[MemoryBackend]) -> None:
    backend = make(kind, x=frozenset({"ada", "bob"}))
    backend.set_limits_of_users("x", {"ada": {"cpu": 1}, "bob": {"cpu": 2}})
    backend.set_limits_of_users("x", {"ada": {"cpu": 1}, "bob": {}})
    assert backend.get_resource_user_limits("x") == {"ada": {"cpu": 1}}
    assert backend.system.effects == ["limit_user x"] * 3

    backend.change_members([MembersChange(resource=resource("x"), remove=frozenset({"ada"}))])
    assert backend.get_resource_user_limits("x") == {}


def test_states() -> None:
    backend = make(BulkBackend, x=frozenset())
    for act in (backend.pause_resource, backend.pause_resource, backend.downscale_resource):
        assert act("x")
    assert backend.get_resource_status("x") is ResourceStatus.DOWNSCALED
    backend.restore_resource("x")

    assert backend.system.effects == ["pause x", "downscale x", "restore x"]
    assert backend.get_resource_status("x") is ResourceStatus.NORMAL
    assert make(MemoryBackend, x=frozenset()).get_resource_status("x") is None


def test_what_was_read_in_bulk_costs_no_call() -> None:
    backend = make(BulkBackend, x=frozenset({"ada"}))
    backend.set_limits_of_users("x", {"ada": {"cpu": 1}})
    backend.pause_resource("x")
    backend.system.calls.clear()

    assert backend.get_resource_limits("x") == {}
    assert backend.get_resource_user_limits("x") == {"ada": {"cpu": 1}}
    assert backend.get_resource_metadata("x") == {"id": "x", "status": "paused"}
    with pytest.raises(BackendError, match="'gone'"):
        backend.get_resource_metadata("gone")
    assert not backend.system.calls


def test_homes_are_made_once() -> None:
    backend = make(MemoryBackend)
    backend.create_user_homedirs(["ada", "bob"])
    backend.create_user_homedirs(["ada", "eve"])

    assert backend.system.effects == ["home ada", "home bob", "home eve"]


@BOTH
def test_a_system_that_is_down_has_no_answer(kind: type[MemoryBackend]) -> None:
    backend = make(kind, x=frozenset())
    backend.system.is_up = False

    assert backend.pull_resources([resource("x")]) == {}
    with pytest.raises(BackendUnavailableError):
        backend.pull_resources([resource("x")], strict=True)
    with pytest.raises(BackendUnavailableError):
        backend.change_members([MembersChange(resource=resource("x"), add=frozenset({"ada"}))])


def test_trouble_strikes_so_often() -> None:
    backend = make(BulkBackend, x=frozenset())
    backend.system.trouble("pull", BackendError("half of it is missing"), times=2)

    with pytest.raises(BackendError, match="half"):
        backend.pull_resources([resource("x")], strict=True)
    assert backend.pull_resources([resource("x")]) == {}
    assert backend.pull_resources([resource("x")], strict=True).keys() == {"x"}


def test_trouble_is_for_the_calls_that_are_meant() -> None:
    backend = make(MemoryBackend, x=frozenset(), y=frozenset())
    backend.system.trouble("add x", BackendError("full"), times=None)
    changes = [MembersChange(resource=resource(name), add=frozenset({"ada"})) for name in "xy"]

    full, added = backend.change_members(changes)
    backend.system.calm()
    (again,) = backend.change_members(changes[:1])

    assert (full.added.failed, set(added.added)) == ({"ada": "full"}, {"ada"})
    assert set(again.added) == {"ada"}


def test_a_call_may_hang_until_it_is_let_go() -> None:
    backend = make(BulkBackend, x=frozenset())
    release = threading.Event()
    backend.system.trouble("pull", release)

    with ThreadPoolExecutor(1) as thread:
        pulled = thread.submit(backend.pull_resources, [resource("x")])
        assert not pulled.done()
        release.set()
        assert pulled.result(timeout=10).keys() == {"x"}
