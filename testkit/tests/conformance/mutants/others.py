"""Backends that remember too much, or say too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from waldur_site_agent.backend import logger
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend

from .table import breaks

if TYPE_CHECKING:
    from collections.abc import Sequence


@breaks("a_new_pass_sees_what_others_changed", "the users that the first one sees")
class RemembersForever(BulkBackend):
    """Keeps what it read once, beyond the pass."""

    def __init__(self, settings: dict, components: dict) -> None:
        super().__init__(settings, components)
        self.known: dict = {}

    def pull_resources(self, resources: Sequence, **kwargs: object) -> dict:
        if not self.known:
            self.known = super().pull_resources(resources, **kwargs)
        return self.known


@breaks("two_passes_do_not_undo_each_other", "members of the")
class SharesItsPass(MemoryBackend):
    """Keeps what belongs to a pass on the class, and writes all of it at the end."""

    members: ClassVar[dict[str, set[str]]] = {}

    def begin_pass(self) -> None:
        super().begin_pass()
        accounts = self.system.accounts
        type(self).members = {name: set(account.users) for name, account in accounts.items()}

    def end_pass(self) -> None:
        for name, users in self.members.items():
            if name in self.system.accounts:
                self.system.accounts[name].users = set(users)


@breaks("no_personal_data_are_logged", "what is in log lines")
class Gossip(MemoryBackend):
    """Logs whom it adds, with all that is known of them."""

    def add_users_to_resource(self, resource: object, users: set[str], **kwargs: object) -> set:
        logger.debug("Adding %s", kwargs.get("user_emails"))
        return super().add_users_to_resource(resource, users, **kwargs)


@breaks("no_secret_is_logged", "what is in log lines")
class Indiscreet(MemoryBackend):
    """Logs its settings."""

    def diagnostics(self) -> bool:
        logger.info("Settings: %s", self.backend_settings)
        return super().diagnostics()
