"""Acme's usage report."""

from decimal import Decimal

import pytest

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_acme.parser import parse_usage


def test_lines_are_added_up() -> None:
    assert parse_usage("a|ada|disk|512\na|ada|disk|0.5\na|bob|disk|1\nb|ada|files|3") == {
        "a": {"ada": {"disk": Decimal("512.5")}, "bob": {"disk": Decimal(1)}},
        "b": {"ada": {"files": Decimal(3)}},
    }


def test_an_empty_report_says_that_nobody_used_anything() -> None:
    assert parse_usage("") == {}


@pytest.mark.parametrize(
    "line", ["a|ada|disk", "a|ada|disk|", "a|ada|disk|much", "a|ada|disk|-1", "a|ada|disk|NaN", "x"]
)
def test_a_line_that_is_not_as_agreed_is_no_usage_of_zero(line: str) -> None:
    with pytest.raises(BackendError, match="line 2"):
        parse_usage(f"a|ada|disk|1\n{line}")
