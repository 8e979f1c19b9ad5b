"""Sound backends with the capabilities that the testkit's own ones lack."""

# ruff: noqa: ARG002 - hooks keep the parameters of the contract

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from waldur_site_agent.backend.backends import PendingOrderDecision
from waldur_site_agent.backend.exceptions import BackendError, DuplicateResourceError
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import SYSTEMS, MemoryBackend
from waldur_site_agent_testkit.backends.subjects import memory_subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent_testkit.conformance import Subject

NUMBERS = itertools.count()
SECRET = "correct horse battery staple"


class Settings(BaseModel):
    """What the sound backends take."""

    model_config = ConfigDict(extra="forbid")
    system: str
    allocation_prefix: str = ""
    password: str = ""


class FullBackend(BulkBackend):
    """The bulk backend with keys, policies, profiles, daily usage and an opinion on orders."""

    supports_resource_api_keys = True
    supports_cycle_preflight = True
    supports_periodic_settings = True
    supports_daily_usage = True

    def _keys(self, backend_id: str) -> dict[str, str]:
        return vars(self.client.account(backend_id, asking="keys")).setdefault("keys", {})

    def _note(self, what: str, notes: dict, wanted: dict) -> None:
        """Write something down, unless it stands there."""
        if notes != wanted:
            self.system.effect(what, lambda: notes.update(wanted))

    def generate_resource_keys(self, backend_id: str, count: int) -> Iterator[dict[str, str]]:
        for _ in range(count):
            client_id, secret = f"key-{next(NUMBERS)}", f"secret-{next(NUMBERS)}"
            keys = self._keys(backend_id)
            self.system.effect(f"mint {backend_id}", partial(keys.update, {client_id: secret}))
            yield {"client_id": client_id, "api_key": secret}

    def rotate_resource_key(
        self, client_id: str, backend_id: str, known_client_ids: set[str] | None = None
    ) -> str:
        keys, secret = self._keys(backend_id), f"secret-{next(NUMBERS)}"
        if client_id not in keys:
            raise BackendError(f"there is no key {client_id!r}")
        self.system.effect(f"rotate {backend_id}", lambda: keys.update({client_id: secret}))
        return secret

    def prune_unknown_resource_keys(self, backend_id: str, keep: set[str]) -> None:
        keys = self._keys(backend_id)
        for client_id in keys.keys() - keep:
            self.system.effect(f"prune {backend_id}", partial(keys.pop, client_id))

    def evaluate_pending_order(self, order: object, client: object) -> PendingOrderDecision:
        return PendingOrderDecision.ACCEPT

    def update_resource_attributes(self, resource: object, attributes: dict) -> None:
        account = self.client.account(resource.backend_id, asking="get")
        notes = vars(account).setdefault("attributes", {})
        self._note(f"describe {account.name}", notes, attributes)

    def update_user_attributes(self, username: str, attributes: dict) -> None:
        notes = vars(self.system).setdefault("profiles", {}).setdefault(username, {})
        self._note(f"profile {username}", notes, attributes)

    def sync_offering_user_usernames(self, offering_uuid: str, client: object) -> bool:
        self.system.ask()
        return False

    def get_membership_sync_report(self, resource: object) -> list[dict[str, str]]:
        users = self.client.list_resource_users(resource.backend_id)
        return [{"username": user, "state": "synced"} for user in users]

    def apply_periodic_settings(
        self, backend_id: str, settings: dict, config: dict | None = None
    ) -> dict:
        self.client.account(backend_id, asking="get")
        return {"success": True, "commands_executed": []}

    def get_daily_usage_report_for_period(self, ids: list[str], year: int, month: int) -> dict:
        return {one: {date(year, month, 1).isoformat(): {"cpu": 1.0}} for one in ids}


class UsageOnly(BulkBackend):
    """A backend of an offering of which nothing is billed by limits."""

    def __init__(self, settings: dict, components: dict) -> None:
        super().__init__(settings, {"cpu": {**components["cpu"], "accounting_type": "usage"}})


class RemoteBackend(MemoryBackend):
    """The memory backend behind a counter: what is asked for is an order there, done when settled.

    A remote order is called by what it is for, so that placing it again makes no second one.
    """

    supports_async_orders = True
    reserves_backend_ids = True

    def _placed(self, what: str, work: Callable[[], object]) -> str:
        pending = vars(self.system).setdefault("pending", {})
        if what not in pending:
            self.system.effect(f"order {what}", lambda: pending.update({what: work}))
        return what

    def create_resource_with_id(
        self, resource: object, backend_id: str, user_context: object = None
    ) -> BackendResourceInfo:
        if self.client.get_resource(backend_id) is not None:
            raise DuplicateResourceError(f"the account {backend_id!r} exists")
        create = partial(super().create_resource_with_id, resource, backend_id, user_context)
        remote = self._placed(f"create {backend_id}", create)
        return BackendResourceInfo(backend_id=backend_id, pending_order_id=remote)

    def set_resource_limits(self, backend_id: str, limits: dict[str, float]) -> str:
        work = partial(super().set_resource_limits, backend_id, limits)
        return self._placed(f"limit {backend_id} {sorted(limits.items())}", work)

    def delete_resource(self, resource: object, **kwargs: object) -> str | None:
        if self.client.get_resource(resource.backend_id) is None:
            return None
        work = partial(super().delete_resource, resource, **kwargs)
        return self._placed(f"delete {resource.backend_id}", work)

    def check_pending_order(self, order_backend_id: str) -> bool:
        self.system.ask()
        refused = vars(self.system).get("refused", {})
        if order_backend_id in refused:
            raise refused[order_backend_id]
        return order_backend_id not in vars(self.system).get("pending", {})


def settle(system: object) -> None:
    """Carry out what was ordered; the agent's death has no part in that."""
    watching, system.on_effect = system.on_effect, lambda _phase, _name: None
    pending = vars(system).get("pending", {})
    for what in list(pending):
        try:
            pending.pop(what)()
        except BackendError as error:
            vars(system).setdefault("refused", {})[what] = error
    system.on_effect = watching


def memory(kind: type[MemoryBackend]) -> Subject:
    """A backend with everything that a subject may have; one of a remote kind is settled."""
    subject = memory_subject(kind, password=SECRET)
    system = SYSTEMS[subject.backend().backend_settings["system"]]
    return replace(
        subject,
        settings_schema=Settings,
        wrong_settings={"allocation_prefix": 5, "system": ["a", "list"]},
        secrets=[SECRET],
        settle=partial(settle, system) if issubclass(kind, RemoteBackend) else None,
    )
