"""Each broken backend is caught by the very rule that it breaks, and each rule catches one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.conformance.catalogue import RULES
from waldur_site_agent_testkit.conformance.judging import hold
from waldur_site_agent_testkit.conformance.usernames.suite import RULES as USERNAME_RULES

from .mutants.everybody import MUTANTS

if TYPE_CHECKING:
    from .mutants.table import Mutant

BY_NAME = {rule.name: rule for rule in (*RULES, *USERNAME_RULES)}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.rule}-{mutant.name}")
def test_a_mutant_is_caught(mutant: Mutant) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - also what the broken backend raises
        hold(BY_NAME[mutant.rule], mutant.set_up)
    assert mutant.says in str(caught.value)


def test_every_rule_catches_a_mutant() -> None:
    assert BY_NAME.keys() == {mutant.rule for mutant in MUTANTS}
