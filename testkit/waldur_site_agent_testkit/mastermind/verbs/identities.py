"""Who vouches for people, and how."""

from collections.abc import Collection

from waldur_site_agent_testkit.mastermind.state import User
from waldur_site_agent_testkit.mastermind.verbs.base import Verbs, locked


class IdentityVerbs(Verbs):
    """Identity managers, what they may tell, and whom eduTEAMS knows."""

    @locked
    def let_vouch(self, user: User, source: str) -> None:
        """Make a user an identity manager of a source, such as `isd:efp`."""
        user.managed_isds.append(source)

    @locked
    def take_identity_fields(self, names: Collection[str] | None) -> None:
        """Have the identity bridge take only some attributes of a profile; None for all."""
        self.state.identity_fields = None if names is None else set(names)

    @locked
    def add_to_eduteams(
        self, cuid: str, *, first_name: str = "", last_name: str = "", email: str = ""
    ) -> None:
        """Have eduTEAMS know a person."""
        told = {"first_name": first_name, "last_name": last_name, "email": email}
        self.state.eduteams[cuid] = told
