"""The suite for username backends as a class of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.conformance.rule import Rule
from waldur_site_agent_testkit.conformance.trying import Trying
from waldur_site_agent_testkit.conformance.usernames import rules
from waldur_site_agent_testkit.conformance.usernames.stage import NamingStage

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.usernames.subject import UsernameSubject

RULES: tuple[Rule[NamingStage], ...] = tuple(
    one for one in vars(rules).values() if isinstance(one, Rule)
)


class UsernameConformance(Trying):
    """One test for each rule for username backends; to be inherited from."""

    rule_names = frozenset(rule.name for rule in RULES)

    def subject(self) -> UsernameSubject:
        """Make a username backend on a fresh system; called at least once for each rule."""
        raise NotImplementedError(f"{type(self).__name__}.subject() has to be written")

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
    def test_rule(self, rule: Rule[NamingStage], request: pytest.FixtureRequest) -> None:
        """Hold the username backend to one rule."""
        self.try_rule(rule, lambda: NamingStage(self.subject), request.node)
