"""Acme's usage report as numbers."""

from decimal import Decimal, InvalidOperation

from waldur_site_agent.backend.exceptions import BackendError

FIELDS = ("share", "user", "component", "amount")


def parse_usage(text: str) -> dict[str, dict[str, dict[str, Decimal]]]:
    """Read a report: one line for each share, user and component, separated by ``|``.

    Returns:
        By share, user and component: the amount in Acme's units.

    Raises:
        BackendError: a line is not as agreed. What was read so far is not to be trusted either.
    """
    report: dict[str, dict[str, dict[str, Decimal]]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        share, user, component, amount = _fields(line, number)
        of_user = report.setdefault(share, {}).setdefault(user, {})
        of_user[component] = of_user.get(component, Decimal(0)) + _amount(amount, number)
    return report


def _fields(line: str, number: int) -> list[str]:
    fields = line.split("|")
    if len(fields) != len(FIELDS):
        raise BackendError(f"line {number} of Acme's usage report is not {'|'.join(FIELDS)}")
    return fields


def _amount(written: str, number: int) -> Decimal:
    try:
        amount = Decimal(written)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise BackendError(f"line {number} of Acme's usage report has no amount")
    return amount
