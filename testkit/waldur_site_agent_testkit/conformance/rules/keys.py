"""API keys, which the backend mints and Waldur keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import KEYS, has_own
from waldur_site_agent_testkit.conformance.rule import rule

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import ResourceKey
    from waldur_site_agent.waldur.models import Resource
    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(KEYS, "generate_resource_keys", promise=2)
def keys_are_minted_as_many_as_asked(stage: Stage) -> None:
    """``generate_resource_keys`` yields as many keys as are asked for, each with its own secret."""
    keys = _minted(stage, stage.created(), 3)
    expect.equal(len({key["client_id"] for key in keys}), 3, "how many client ids there are")
    expect.equal(len({key["api_key"] for key in keys}), 3, "how many secrets there are")
    expect.true(all(key["api_key"] for key in keys), "a key has no secret")


@rule(KEYS, "rotate_resource_key", promise=2)
def a_rotated_key_has_another_secret(stage: Stage) -> None:
    """``rotate_resource_key`` answers another secret, alone or in a new key."""
    created = stage.created()
    old, *others = _minted(stage, created, 2)
    known = {old["client_id"], *(key["client_id"] for key in others)}
    with stage.passing() as backend:
        answer = backend.rotate_resource_key(
            old["client_id"], created.backend_id, known_client_ids=known
        )
    secret = answer["api_key"] if isinstance(answer, dict) else answer
    expect.true(isinstance(secret, str) and secret, f"rotating answered {answer!r}")
    expect.true(secret != old["api_key"], "rotating answered the old secret")


@rule(KEYS, "prune_unknown_resource_keys", promise=7)
def known_keys_are_kept(stage: Stage) -> None:
    """``prune_unknown_resource_keys`` keeps the keys that Waldur knows, and deletes the others."""
    created = stage.created()
    known, unknown = _minted(stage, created, 2)
    with stage.passing() as backend:
        backend.prune_unknown_resource_keys(created.backend_id, {known["client_id"]})
        backend.rotate_resource_key(known["client_id"], created.backend_id)
        if has_own(backend, "prune_unknown_resource_keys"):
            expect.raises(
                BackendError,
                lambda: backend.rotate_resource_key(unknown["client_id"], created.backend_id),
                "rotating a key that was pruned",
            )


@rule(KEYS, "generate_resource_keys", promise=4)
def an_order_brings_keys(stage: Stage) -> None:
    """When a Create order is done, Waldur has the resource's keys, each of them once."""
    created = stage.created()
    record = stage.record(created)
    keys = [k.client_id for k in stage.world.state.api_keys.values() if k.resource is record]
    expect.equal(len(keys), 2, "how many keys Waldur has")
    expect.equal(len(set(keys)), 2, "how many of them are different")


def _minted(stage: Stage, resource: Resource, count: int) -> list[ResourceKey]:
    with stage.passing() as backend:
        return list(backend.generate_resource_keys(resource.backend_id, count))
