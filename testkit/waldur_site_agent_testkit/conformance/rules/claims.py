"""What a plugin claims, by flags and by hooks of its own, goes together."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import CLAIMS
from waldur_site_agent_testkit.conformance.rule import rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent_testkit.conformance.stage import Stage

HOOKS_OF_FLAGS: Mapping[str, tuple[str, ...]] = {
    "supports_async_orders": ("check_pending_order",),
    "supports_resource_api_keys": ("generate_resource_keys", "rotate_resource_key"),
    "supports_resource_api_key_lifecycle": (
        "mint_resource_key",
        "pause_resource_key",
        "resume_resource_key",
        "update_resource_key",
        "delete_resource_key",
    ),
    "supports_resource_api_key_usage": ("get_resource_key_usage_report",),
    "requires_resource_key_assignees": ("sync_resource_key_assignees",),
    "supports_daily_usage": ("get_daily_usage_report_for_period",),
    "supports_periodic_settings": ("apply_periodic_settings",),
    "reconciles_project_groups": ("reconcile_project_groups",),
}
"""By flag, the hooks that have to be the plugin's own, and are not called without the flag."""

R, C = "a resource", "a client of Waldur"
IDS = ["an id"]
NAMES = {"a name"}
ARGUMENTS = dict.fromkeys(
    ("homedir_umask", "user_roles", "user_emails", "user_cuids", "one_that_comes_later")
)
CALLS: Mapping[str, tuple[tuple[object, ...], Mapping[str, object]]] = {
    "ping": ((), {"raise_exception": True}),
    "create_resource_with_id": ((R, "an id", {}), {}),
    "adopt_resource": ((R, "an id", {}), {}),
    "delete_resource": ((R,), {"project_slug": "a slug"}),
    "recreate_missing_resource": ((R,), {}),
    "update_resource_attributes": ((R, {}), {}),
    "evaluate_pending_order": (("an order", C), {}),
    "check_pending_order": (("an order's id",), {}),
    "pull_resource": ((R,), {}),
    "pull_resources": (([R],), {}),
    "measure_usage": ((IDS, 2026, 1), {}),
    "get_usage_report_for_period": ((IDS, 2026, 1), {}),
    "get_daily_usage_report_for_period": ((IDS, 2026, 1), {}),
    "set_resource_limits": (("an id", {}), {}),
    "get_resource_limits": (("an id",), {}),
    "get_resource_user_limits": (("an id",), {}),
    "set_resource_user_limits": (("an id", "a name", {}), {}),
    "set_limits_of_users": (("an id", {}), {}),
    "apply_periodic_settings": (("an id", {}), {}),
    "change_members": (([],), {}),
    "add_users_to_resource": ((R, NAMES), ARGUMENTS),
    "remove_users_from_resource": ((R, NAMES), {}),
    "add_user": ((R, "a name"), {"role_name": "a role", "user_cuid": "a CUID"}),
    "remove_user": ((R, "a name"), {"role_name": "a role", "user_cuid": "a CUID"}),
    "normalize_username": (("a name",), {}),
    "process_existing_users": ((NAMES,), {}),
    "reconcile_existing_user_roles": ((R, NAMES, {}, {}), {}),
    "update_user_attributes": (("a name", {}), {}),
    "release_users": ((NAMES,), {}),
    "get_membership_sync_report": ((R,), {}),
    "sync_offering_user_usernames": (("an offering", C), {}),
    "create_user_homedirs": ((NAMES,), {"umask": "0077"}),
    "generate_resource_keys": (("an id", 2), {}),
    "rotate_resource_key": (("a key", "an id"), {"known_client_ids": None}),
    "prune_unknown_resource_keys": (("an id", NAMES), {}),
    "sync_resource_limits": ((R, C), {}),
    "sync_resource_end_date": ((R, C), {}),
    "sync_resource_effective_id": ((R, C), {}),
    "sync_project_end_date": ((R, C), {"source_project": None}),
    "sync_resource_project": ((R,), {"source_project": None}),
    "get_resource_status": (("an id",), {}),
    "get_resource_metadata": (("an id",), {}),
    "pause_resource": (("an id",), {}),
    "downscale_resource": (("an id",), {}),
    "restore_resource": (("an id",), {}),
}
"""How the agent calls each hook."""


@rule(CLAIMS, *(hook for hooks in HOOKS_OF_FLAGS.values() for hook in hooks), promise=8)
def flags_and_hooks_go_together(stage: Stage) -> None:
    """A capability's flag comes with its hooks, and the hooks with the flag.

    Without its hooks, a flag promises what is not there; without the flag, nobody calls the hooks.
    """
    backend = stage.subject.backend()
    for flag, hooks in HOOKS_OF_FLAGS.items():
        own = [hook for hook in hooks if overrides(backend, hook)]
        wanted = list(hooks) if getattr(backend, flag) else []
        expect.equal(own, wanted, f"hooks of its own, where {flag} is {getattr(backend, flag)}")


@rule(CLAIMS, *CALLS, promise=8)
def hooks_take_what_the_agent_passes(stage: Stage) -> None:
    """Each hook takes the arguments with which the agent calls it, and keywords that may come."""
    backend = stage.subject.backend()
    wrong = [why for hook in CALLS for why in _refusal(backend, hook)]
    expect.equal(wrong, [], "hooks that cannot be called as the agent does")


def _refusal(backend: BaseBackend, hook: str) -> list[str]:
    arguments, keywords = CALLS[hook]
    try:
        inspect.signature(getattr(backend, hook)).bind(*arguments, **keywords)
    except TypeError as error:
        return [f"{hook}: {error}"]
    return []
