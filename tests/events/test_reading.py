"""What each message says to look at again."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.events.keys import Hint, Key, Kind
from waldur_site_agent.events.object_types import ObjectType
from waldur_site_agent.events.reading import RESTING_ORDERS, Oddity, read_message

OFFERING = "e2ef0000000000000000000000000b01"
ONE = "d126a10e17bf4644a9a5d9a7a331795e"
TWO = "44a654e92fed4287ba95eb6cc7d25016"
DASHED = "d126a10e-17bf-4644-a9a5-d9a7a331795e"


def read(**fields: object) -> tuple[Hint, ...] | Oddity:
    return read_message(json.dumps(fields).encode(), offering=OFFERING)


def key(kind: Kind, name: str = ONE) -> Key:
    return Key(OFFERING, kind, name)


HINTS = [
    ({"object_type": "order", "order_uuid": ONE, "order_state": "pending-provider"}, Kind.ORDER),
    ({"object_type": "order", "order_uuid": ONE, "order_state": "executing"}, Kind.ORDER),
    ({"object_type": "order", "order_uuid": ONE, "order_state": "of-tomorrow"}, Kind.ORDER),
    ({"object_type": "order", "order_uuid": DASHED}, Kind.ORDER),
    ({"object_type": "order", "order_uuid": ONE, "order_state": []}, Kind.ORDER),
    ({"object_type": "resource", "resource_uuid": ONE, "paused": True}, Kind.RESOURCE),
    (
        {"object_type": "user_role", "user_uuid": TWO, "project_uuid": ONE, "granted": False},
        Kind.PROJECT,
    ),
    (
        {"object_type": "user_role", "user_uuid": TWO, "project_uuid": ONE, "resource_uuid": TWO},
        Kind.PROJECT,
    ),
    ({"object_type": "user_role", "project_uuid": ONE}, Kind.PROJECT),
    ({"object_type": "user_role", "project_uuid": TWO, "resource_uuid": ONE}, Kind.RESOURCE),
    ({"object_type": "service_account", "project_uuid": ONE, "action": "delete"}, Kind.PROJECT),
    ({"object_type": "course_account", "project_uuid": ONE, "action": "create"}, Kind.PROJECT),
    ({"object_type": "offering_user", "action": "create", "user_uuid": ONE}, Kind.USER),
    ({"object_type": "offering_user", "action": "update", "user_uuid": ONE}, Kind.USER),
    ({"object_type": "offering_user", "action": "delete", "user_uuid": ONE}, Kind.USER),
    (
        {"object_type": "offering_user", "action": "username_set", "user_uuid": ONE, "state": 5},
        Kind.USER,
    ),
    ({"object_type": "importable_resources", "backend_resource_request_uuid": ONE}, Kind.IMPORT),
]


@pytest.mark.parametrize(("message", "kind"), HINTS)
def test_a_message_names_what_to_look_at_and_nothing_else(
    message: dict[str, object], kind: Kind
) -> None:
    assert read(**message, offering_uuid=OFFERING, schema_version=1) == (Hint(key(kind)),)


def test_a_forced_synchronisation_looks_at_the_whole_offering() -> None:
    hints = read(object_type="offering_resources_sync", offering_uuid=OFFERING)
    assert hints == (Hint(key(Kind.OFFERING, "")),)


@pytest.mark.parametrize("state", sorted(RESTING_ORDERS))
def test_an_order_that_is_not_the_providers_turn_needs_no_look(state: str) -> None:
    assert read(object_type="order", order_uuid=ONE, order_state=state) == ()


BODIES = [
    (
        Kind.PERIODIC_LIMITS,
        {
            "object_type": "resource_periodic_limits",
            "resource_uuid": DASHED,
            "policy_uuid": TWO,
            "backend_id": "a_1",
            "action": "apply_periodic_settings",
            "settings": {"limit_type": "GrpTRESMins"},
        },
    ),
    (
        Kind.KEY_ROTATION,
        {
            "object_type": "resource_api_key_rotation",
            "action": "rotate",
            "resource_uuid": TWO,
            "resource_backend_id": "a_1",
            "api_key_uuid": ONE,
            "client_id": "c",
        },
    ),
    (
        Kind.USER_ATTRIBUTES,
        {
            "object_type": "offering_user",
            "action": "attribute_update",
            "user_uuid": ONE,
            "username": "ada",
            "attributes": {"email": "ada@example.org"},
        },
    ),
]


@pytest.mark.parametrize(("kind", "message"), BODIES)
def test_what_waldur_cannot_be_asked_travels_with_the_hint(
    kind: Kind, message: dict[str, object]
) -> None:
    hints = read(**message)
    assert hints == (Hint(key(kind), message),)
    assert "ada" not in repr(hints)


def test_a_new_account_that_has_a_name_already_brings_the_persons_attributes() -> None:
    hints = read(
        object_type="offering_user",
        action="create",
        user_uuid=ONE,
        username="ada",
        attributes={"email": "ada@example.org"},
    )
    assert isinstance(hints, tuple)
    assert [hint.key.kind for hint in hints] == [Kind.USER, Kind.USER_ATTRIBUTES]


ODDITIES = [
    ({"object_type": "user_profile"}, Oddity("unknown_type", "user_profile")),
    ({"object_type": "ada@example.org"}, Oddity("unknown_type", "?")),
    ({"object_type": 7}, Oddity("unknown_type", "?")),
    ({}, Oddity("unknown_type", "?")),
    ({"object_type": "order"}, Oddity("no_order_uuid", "order")),
    ({"object_type": "order", "order_uuid": "ada"}, Oddity("no_order_uuid", "order")),
    ({"object_type": "order", "order_uuid": 1}, Oddity("no_order_uuid", "order")),
    ({"object_type": "user_role", "user_uuid": ONE}, Oddity("no_project_uuid", "user_role")),
    (
        {"object_type": "offering_user", "action": "ada", "user_uuid": ONE},
        Oddity("unknown_action", "offering_user"),
    ),
    (
        {"object_type": "order", "order_uuid": ONE, "offering_uuid": TWO},
        Oddity("another_offering", "order"),
    ),
    (
        {"object_type": "resource_api_key_rotation", "action": "rotate", "resource_uuid": ONE},
        Oddity("no_client_id", "resource_api_key_rotation"),
    ),
    (
        {
            "object_type": "resource_periodic_limits",
            "action": "apply_periodic_settings",
            "resource_uuid": ONE,
        },
        Oddity("no_policy_uuid", "resource_periodic_limits"),
    ),
]


@pytest.mark.parametrize(("message", "oddity"), ODDITIES)
def test_a_message_that_does_not_say_what_it_should_is_named(
    message: dict[str, object], oddity: Oddity
) -> None:
    assert read(**message) == oddity


@pytest.mark.parametrize(
    ("body", "what"),
    [(b"", "not_json"), (b"{", "not_json"), (b"\xff", "not_json"), (b"[1]", "no_object")],
)
def test_a_body_that_is_no_object_is_named(body: bytes, what: str) -> None:
    assert read_message(body, offering=OFFERING, object_type="order") == Oddity(what, "order")


def test_an_older_servers_message_is_of_its_queues_type() -> None:
    hints = read_message(
        json.dumps({"order_uuid": ONE, "order_state": "executing"}).encode(),
        offering=OFFERING,
        object_type=ObjectType.ORDER,
    )
    assert hints == (Hint(key(Kind.ORDER)),)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = (
    "action",
    "order_uuid",
    "order_state",
    "resource_uuid",
    "project_uuid",
    "user_uuid",
    "offering_uuid",
    "policy_uuid",
    "api_key_uuid",
    "client_id",
    "username",
    "attributes",
)
likely = values | st.builds(lambda: str(uuid4())) | st.sampled_from(["create", "rotate"])
messages = st.dictionaries(st.sampled_from(FIELDS), likely).flatmap(
    lambda fields: (values | st.sampled_from(list(ObjectType))).map(
        lambda kind: {**fields, "object_type": kind}
    )
)


@given(body=(values | messages).map(lambda value: json.dumps(value).encode()) | st.binary())
def test_any_body_gives_hints_about_the_offering_or_an_oddity_without_its_values(
    body: bytes,
) -> None:
    found = read_message(body, offering=OFFERING)
    if isinstance(found, Oddity):
        assert found.what.replace("_", "").isalpha()
        assert found.object_type.replace("_", "").isalpha() or found.object_type in ("", "?")
        return
    for hint in found:
        assert hint.key.offering == OFFERING
        assert hint.key.kind is Kind.OFFERING or int(hint.key.object, 16) >= 0
        assert len(hint.key.object) in (0, 32)
