"""The rules as a whole: every documented hook is driven by one, or it says why not."""

from __future__ import annotations

from collections import Counter

import pytest

from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend, BaseBackend
from waldur_site_agent.backend.hooks.capabilities import Capabilities
from waldur_site_agent_testkit.conformance.capabilities import CLAIMS
from waldur_site_agent_testkit.conformance.catalogue import MODULES, RULES, rules_of
from waldur_site_agent_testkit.conformance.usernames.suite import RULES as USERNAME_RULES

DRIVEN_BY_ITSELF = {
    "has_prepaid_components": "asked in every pass with an Update order",
    "create_resource": "the agent chooses ids, and does not call it",
    "strict_pull_requested": "answers a plugin's own reads",
    "usage_requested": "answers a plugin's own reads",
}
NOT_CALLED_YET = {
    "reconcile_offering",
    "reconcile_project_groups",
    "mint_resource_key",
    "pause_resource_key",
    "resume_resource_key",
    "update_resource_key",
    "delete_resource_key",
    "get_resource_key_usage_report",
    "get_resource_key_usage_report_for_period",
    "get_resource_key_daily_usage_report",
    "get_resource_key_daily_usage_report_for_period",
    "sync_resource_key_assignees",
}
OF_FEDERATION = {
    "remote_events",
    "setup_target_event_subscriptions",
    "expects_target_event_subscriptions",
    "remote_waldur_base_urls",
}
"""Tried by the tests of the one plugin that has them, against its own remote system."""
ALL = (*RULES, *USERNAME_RULES)
PROMISES = range(1, 12)


def hooks() -> set[str]:
    """The public hooks, and those with an underscore that the 1.x contract names so."""
    flags = set(vars(Capabilities)) | set(Capabilities.__annotations__)
    methods = {name for name in dir(BaseBackend) if callable(getattr(BaseBackend, name))}
    return {name for name in methods - flags if not name.startswith("_")}


def test_every_hook_is_driven_by_a_rule() -> None:
    driven = {hook for rule in RULES if rule.capability is not CLAIMS for hook in rule.hooks}
    left = hooks() - driven - DRIVEN_BY_ITSELF.keys() - NOT_CALLED_YET - OF_FEDERATION
    assert left == set()


def test_rules_are_about_hooks_that_there_are() -> None:
    named = {hook for rule in RULES for hook in rule.hooks}
    assert {hook for hook in named if not hasattr(BaseBackend, hook)} == set()


def test_names_are_unique() -> None:
    assert [name for name, times in Counter(r.name for r in ALL).items() if times > 1] == []


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_a_rule_is_a_sentence_of_a_promise(rule: object) -> None:
    assert rule.sentence.endswith(".")
    assert rule.promise in PROMISES


def test_every_module_has_rules() -> None:
    assert all(rules_of(module) for module in MODULES)


def test_every_hook_of_username_backends_is_driven_by_a_rule() -> None:
    hooks = {name for name in vars(AbstractUsernameManagementBackend) if not name.startswith("_")}
    assert hooks == {hook for rule in USERNAME_RULES for hook in rule.hooks}
