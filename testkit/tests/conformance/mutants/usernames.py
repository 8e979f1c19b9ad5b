"""Username backends that name people wrongly."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError

from ..naming import DirectoryNames  # noqa: TID252 - see table.py
from .table import misnames

if TYPE_CHECKING:
    from collections.abc import Sequence


@misnames("a_name_is_text", "it answered None")
class NothingIsNone(DirectoryNames):
    """Answers None where there is no name to give."""

    def get_or_create_username(self, offering_user: object) -> None:
        return None


@misnames("a_name_lasts", "the names, asked for again")
class NewNameEachTime(DirectoryNames):
    """Makes a name each time, and knows none."""

    def get_username(self, offering_user: object) -> None:
        return None

    def generate_username(self, offering_user: object) -> str:
        self.directory.writes.append("counted")
        return f"u{len(self.directory.writes)}"


@misnames("two_people_have_two_names", "how many names")
class EverybodyIsBob(DirectoryNames):
    """Gives everybody the same name."""

    def get_or_create_username(self, offering_user: object) -> str:
        return "bob"


@misnames("looking_a_name_up_makes_none", "looking a name up wrote to the system")
class MakesWhatItLooksFor(DirectoryNames):
    """Makes the name that it looks for."""

    def get_username(self, offering_user: object) -> str:
        return super().get_username(offering_user) or self.generate_username(offering_user)


@misnames("in_an_outage_names_are_unknown", "get_or_create_username() in an outage")
class SilenceIsNameless(DirectoryNames):
    """Has no name to give where it could not ask."""

    def get_or_create_username(self, offering_user: object) -> str:
        with suppress(BackendUnavailableError):
            return super().get_or_create_username(offering_user)
        return ""


@misnames("a_pass_names_the_team", "somebody has no name in Waldur")
class NamesNobody(DirectoryNames):
    """Refuses everybody."""

    def get_or_create_username(self, offering_user: object) -> str:
        raise BackendError("no names today")


@misnames("who_has_no_name_stops_nobody", "no profiles today")
class NoProfiles(DirectoryNames):
    """Fails for the profiles of people without names."""

    def sync_user_profiles(self, offering_users: Sequence[object]) -> None:
        raise BackendError("no profiles today")


@misnames("profiles_may_be_handed_on_again", "handing on the same profiles again wrote")
class RewritesProfiles(DirectoryNames):
    """Writes a profile however often it is told."""

    def sync_user_profiles(self, offering_users: Sequence[object]) -> None:
        self.directory.writes.append("profiles")


@misnames("who_left_may_be_deactivated_again", "nobody-of-that-name")
class KnowsWhoLeaves(DirectoryNames):
    """Cannot deactivate whom it does not know."""

    def deactivate_users(self, usernames: set[str]) -> None:
        unknown = usernames - set(self.directory.names.values())
        if unknown:
            raise BackendError(f"there is no {min(unknown)}")


@misnames("an_account_may_be_closed_again", "closing an account again wrote to the system")
class ClosesAgain(DirectoryNames):
    """Closes what is closed."""

    def close_account(self, account: object) -> None:
        self.directory.writes.append("closed")
