"""What MAM has: one reading of accounts and one of funds for a whole pass."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_moab.deposits import own_fund
from waldur_site_agent_moab.operations.running import Running
from waldur_site_agent_moab.parser import parse_accounts, parse_charges, parse_funds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waldur_site_agent_moab.months import Window
    from waldur_site_agent_moab.parser import Account, Charge, Fund

T = TypeVar("T")


class Reading(Running):
    """Passes, and the questions that change nothing.

    Every listing is of everything: what it lacks is not there, and what could not be read raises
    BackendUnavailableError.
    """

    _passes = 0
    _accounts: dict[str, Account] | None = None
    _funds: list[Fund] | None = None

    def begin_pass(self) -> None:
        """Read once for all that follows, when it is first asked about."""
        self._passes += 1

    def end_pass(self) -> None:
        """Let go of what was read."""
        self._passes = max(0, self._passes - 1)
        if not self._passes:
            self.refresh()

    @contextmanager
    def one_view(self) -> Iterator[None]:
        """Read once for one operation, unless a pass is under way."""
        self.begin_pass()
        try:
            yield
        finally:
            self.end_pass()

    def refresh(self) -> None:
        """Read anew at the next question."""
        self._accounts = None
        self._funds = None

    def accounts(self) -> dict[str, Account]:
        """All accounts by name: read once in a pass, else anew."""
        if self._accounts is not None:
            return self._accounts
        found = self._parsed(self.commands.accounts(), parse_accounts)
        if self._passes:
            self._accounts = found
        return found

    def account(self, name: str) -> Account | None:
        """One account; None where MAM surely has none of that name."""
        return self.accounts().get(name)

    def existing(self, name: str) -> Account:
        """An account that has to be there.

        Raises:
            BackendError: it is not.
        """
        found = self.account(name)
        if found is None:
            raise BackendError(f"there is no account {name!r} in MAM")
        return found

    def funds(self) -> list[Fund]:
        """All funds: read once in a pass, else anew."""
        if self._funds is not None:
            return self._funds
        found = self._parsed(self.commands.funds(), parse_funds)
        if self._passes:
            self._funds = found
        return found

    def fund_of(self, account: str) -> Fund | None:
        """The fund that holds an account's deposit; None where it has none.

        Raises:
            BackendError: it cannot be told which it is.
        """
        return own_fund(self.funds(), account)

    def own_funds(self, account: str) -> list[Fund]:
        """The funds that an account, and it alone, may spend."""
        return [fund for fund in self.funds() if fund.is_own_of(account)]

    def charges(self, window: Window) -> list[Charge]:
        """What was charged in a month, to all accounts."""
        return self._parsed(self.commands.charges(window), lambda said: list(parse_charges(said)))

    def _parsed(self, command: Sequence[str], parse: Callable[[str], T]) -> T:
        try:
            return parse(self._read(command))
        except ValueError as error:
            raise BackendUnavailableError(
                f"{command[0].rsplit('/', 1)[-1]} answered what cannot be read: {error}"
            ) from error
