"""Members of accounts on a real Slurm, one by one and in bulk."""

from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.backend.exceptions import UserNotProvisionedError
from waldur_site_agent.backend.structures import MembersChange

MOST_PROCESSES = 10
STRANGER = "wsa-nobody-of-that-name"


@pytest.fixture
def resources(make_backend: Any, make_resource: Any) -> list[Any]:
    """Two allocations of one project."""
    made = [make_resource("x1"), make_resource("x2")]
    for resource in made:
        make_backend().create_resource_with_id(resource, resource.backend_id)
    return made


def default_of(slurm: Any, user: str) -> str:
    words = ("show", "user", "where", f"name={user}", "format=defaultaccount")
    return str(slurm.run("sacctmgr", "-nP", *words)).strip()


def run_on(slurm: Any, user: str, account: str) -> str:
    job = slurm.submit(user, account)
    slurm.wait_for_job(job, "RUNNING")
    slurm.wait_until_accounted(job)
    return str(job)


def test_who_has_no_unix_account_waits_and_the_others_come(
    slurm: Any, make_backend: Any, resources: Any, people: tuple[str, ...]
) -> None:
    backend = make_backend()
    added = backend.add_users_to_resource(resources[0], {people[0], STRANGER})
    assert (set(added), added.failed, set(added.waiting)) == ({people[0]}, {}, {STRANGER})
    assert slurm.users_of("a_x1") == {people[0]}
    with pytest.raises(UserNotProvisionedError):
        backend.add_user(resources[0], STRANGER)
    changed = backend.change_members(
        [MembersChange(resource=each, add=frozenset({people[1], STRANGER})) for each in resources]
    )
    assert [(set(each.added), set(each.added.waiting)) for each in changed] == [
        ({people[1]}, {STRANGER}),
        ({people[1]}, {STRANGER}),
    ]
    assert STRANGER not in {row.user for row in slurm.associations()}


def test_names_in_upper_case_are_found_again(slurm: Any, make_backend: Any, resources: Any) -> None:
    backend = make_backend(require_unix_accounts=False)
    backend.add_users_to_resource(resources[0], {"CamelCase"})
    assert slurm.users_of("a_x1") == {backend.normalize_username("CamelCase")}
    slurm.reset_commands()
    assert backend.add_users_to_resource(resources[0], {"CamelCase"}) == {"CamelCase"}
    assert len(slurm.commands()) == 1
    assert backend.remove_users_from_resource(resources[0], {"CamelCase"}).failed == {}
    assert slurm.users_of("a_x1") == set()


@pytest.mark.parametrize("policy", ["common", "individual", "none"])
def test_a_user_of_several_accounts_leaves_them_one_after_the_other(
    slurm: Any, make_backend: Any, resources: Any, people: tuple[str, ...], policy: str
) -> None:
    backend, user = make_backend(default_account_policy=policy), people[0]
    for resource in resources:
        backend.add_users_to_resource(resource, {user, people[1]})
    expected = {"common": "root", "individual": "a_x2", "none": "a_x1"}
    assert default_of(slurm, user) == expected[policy]
    first, second = reversed(resources) if policy == "individual" else resources
    assert backend.remove_users_from_resource(first, {user}).failed == {}
    left = second.backend_id
    assert default_of(slurm, user) == ("root" if policy == "common" else left)
    assert slurm.accepts(user, left)
    assert not slurm.accepts(user, first.backend_id)
    assert backend.remove_users_from_resource(second, {user}).failed == {}
    assert slurm.users_of("a_x1") == slurm.users_of("a_x2") == {people[1]}


def test_a_member_who_leaves_takes_just_his_own_jobs_along(
    slurm: Any, make_backend: Any, resources: Any, people: tuple[str, ...]
) -> None:
    backend = make_backend()
    for resource in resources:
        backend.add_users_to_resource(resource, set(people[:2]))
    going = run_on(slurm, people[0], "a_x1")
    elsewhere, other = run_on(slurm, people[0], "a_x2"), run_on(slurm, people[1], "a_x1")
    removed = backend.remove_users_from_resource(resources[0], {people[0]})
    assert removed.failed == {}
    assert slurm.job_state(going) == ""
    assert slurm.job_state(elsewhere) == slurm.job_state(other) == "RUNNING"


# In bulk


def made(slurm: Any, make_resource: Any, count: int) -> list[Any]:
    """Resources with their accounts, where the plugin would have them."""
    lines = [f"Cluster - '{slurm.name}'"]
    for parent, names in {
        "root": ["c_cust"],
        "c_cust": ["p_proj"],
        "p_proj": [f"a_{number}" for number in range(count)],
    }.items():
        lines.append(f"Parent - '{parent}'")
        lines += [f"Account - '{name}':Description='x':Organization='x'" for name in names]
    slurm.load("\n".join(lines))
    return [make_resource(str(number), limits={}) for number in range(count)]


@pytest.fixture
def forty(slurm: Any, make_resource: Any) -> list[Any]:
    return made(slurm, make_resource, 40)


def test_hundreds_of_accounts_are_filled_by_three_processes_and_an_unchanged_pass_is_one(
    slurm: Any, make_backend: Any, make_resource: Any
) -> None:
    resources = made(slurm, make_resource, 300)
    add = {n: {f"u{n * 2}", f"u{n * 2 + 1}"} for n in range(300)}
    settings = {"require_unix_accounts": False, "qos_paused": "paused"}
    slurm.reset_commands()
    backend = make_backend(**settings)
    backend.begin_pass()
    changed = backend.change_members(changes_of(resources, add, {}))
    backend.end_pass()
    assert sum(len(each.added) for each in changed) == 600
    assert len(slurm.commands()) == 3
    slurm.reset_commands()
    backend = make_backend(**settings)
    backend.begin_pass()
    pulled = backend.pull_resources(resources, include_usage=False, strict=True)
    assert {key: set(info.users) for key, (_, info) in pulled.items()} == {
        f"a_{number}": users for number, users in add.items()
    }
    for resource in resources:
        assert not backend.restore_resource(resource.backend_id)
        assert backend.get_resource_metadata(resource.backend_id) == {"qos": "normal"}
        assert backend.get_resource_user_limits(resource.backend_id) == {}
        backend.sync_resource_project(resource)
        backend.sync_resource_limits(resource, None)
        backend.sync_resource_end_date(resource, None)
        backend.process_existing_users(add[0])
    backend.end_pass()
    assert len(slurm.commands()) == 1


def changes_of(
    resources: list[Any], add: dict[int, set[str]], gone: dict[int, set[str]]
) -> list[MembersChange]:
    return [
        MembersChange(
            resource=resource,
            add=frozenset(add.get(number, ())),
            remove=frozenset(gone.get(number, ())),
        )
        for number, resource in enumerate(resources)
    ]


def state_of(slurm: Any) -> dict[str, str]:
    """All rows with all that may be set on them."""
    fields = "account,user,parentname,partition,qos,defaultqos,share,grptresmins,maxtresmins"
    rows = slurm.run("sacctmgr", "-nP", "show", "assoc", f"format={fields}").splitlines()
    return {"|".join(row.split("|")[:2]): row for row in rows}


@pytest.mark.parametrize("policy", ["common", "individual"])
def test_fifty_come_and_fifty_go_on_forty_accounts(
    slurm: Any, make_backend: Any, forty: Any, people: tuple[str, ...], policy: str
) -> None:
    backend = make_backend(require_unix_accounts=False, default_account_policy=policy)
    busy = {number: {people[number]} for number in range(5)}
    idle = {number: {f"old{number}", f"out{number // 8}"} for number in range(5, 28)}
    backend.change_members(changes_of(forty, {**busy, **idle, 39: {"old5", "out1"}}, {}))
    slurm.sacctmgr("modify", "account", "a_7", "set", "GrpTRESMins=cpu=7", "fairshare=3")
    slurm.sacctmgr("modify", "user", "old5", "where", "account=a_39", "set", "MaxTRESMins=cpu=5")
    jobs = [run_on(slurm, *people[n : n + 1], f"a_{n}") for n in busy]
    before = state_of(slurm)
    slurm.reset_commands()
    add = {number: {f"new{number}"} for number in range(40)}
    add |= {number: {f"new{number}", f"both{number}", "old5"} for number in range(28, 33)}
    backend = make_backend(require_unix_accounts=False, default_account_policy=policy)
    backend.begin_pass()
    changed = backend.change_members(changes_of(forty, add, {**busy, **idle}))
    told = {
        each.backend_id: set(backend.client.list_resource_users(each.backend_id)) for each in forty
    }
    backend.end_pass()
    print(*slurm.commands(), sep="\n")  # noqa: T201 - shown on failure
    assert sum(len(each.added) for each in changed) == 50
    assert sum(len(each.removed) for each in changed) == 51
    assert len(slurm.commands()) <= MOST_PROCESSES
    assert not [each for each in changed if each.error or each.removed.failed or each.added.failed]
    assert told == {each.backend_id: slurm.users_of(each.backend_id) for each in forty}
    assert {slurm.job_state(job) for job in jobs} == {""}
    after = state_of(slurm)
    gone = {f"a_{n}|{user}" for n, users in {**busy, **idle}.items() for user in users}
    come = {f"a_{n}|{user}" for n, users in add.items() for user in users}
    kept = before.keys() - gone
    assert {key: after[key] for key in kept if not key.startswith("root|")} == {
        key: before[key] for key in kept if not key.startswith("root|")
    }
    assert {key for key in after if not key.startswith("root|")} == {
        key for key in kept | come if not key.startswith("root|")
    }
    stayed = {key.split("|")[1] for key in after} - {"", "root"}
    assert not [user for user in stayed if not default_of(slurm, user)]


def test_an_account_that_went_meanwhile_fails_alone(
    slurm: Any, make_backend: Any, forty: Any, people: tuple[str, ...]
) -> None:
    backend = make_backend()
    backend.begin_pass()
    backend.pull_resources(forty, include_usage=False, strict=True)
    slurm.sacctmgr("remove", "account", "a_1")
    add = {number: {people[number]} for number in range(3)}
    first, gone, third = backend.change_members(changes_of(forty, add, {}))[:3]
    backend.end_pass()
    assert (set(first.added), set(third.added)) == ({people[0]}, {people[2]})
    assert gone.error is not None or gone.added.failed
    assert slurm.users_of("a_0") == {people[0]}
    assert slurm.users_of("a_2") == {people[2]}
