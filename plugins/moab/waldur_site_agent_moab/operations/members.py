"""Members of accounts."""

from __future__ import annotations

from waldur_site_agent.backend.structures import Association
from waldur_site_agent_moab.operations.writing import Writing


class MemberOperations(Writing):
    """Who is on an account. Nobody's name is in an error or a log line."""

    def get_association(self, user: str, resource_id: str) -> Association | None:
        """Look up whether a user is a member; None only where MAM says not."""
        if user not in self.existing(resource_id).users:
            return None
        return Association(account=resource_id, user=user)

    def create_association(
        self, username: str, resource_id: str, default_account: str | None = None
    ) -> str:
        """Make a user a member of an account."""
        del default_account
        self._write(
            self.commands.add_user(username, resource_id),
            is_done=lambda: username in self.existing(resource_id).users,
            hidden=[username],
        )
        self._learn(lambda known: known[resource_id].users.add(username))
        return ""

    def delete_association(self, username: str, resource_id: str) -> str:
        """Take a user off an account."""
        self._write(
            self.commands.remove_user(username, resource_id),
            is_done=lambda: username not in self.existing(resource_id).users,
            hidden=[username],
        )
        self._learn(lambda known: known[resource_id].users.discard(username))
        return ""

    def list_resource_users(self, resource_id: str) -> list[str]:
        """List an account's members."""
        return sorted(self.existing(resource_id).users)
