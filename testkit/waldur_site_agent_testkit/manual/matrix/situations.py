"""The situations in which hooks are called, each played before a process of the agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from waldur_site_agent.plugins.groups import Role
from waldur_site_agent_testkit.manual.matrix.site import RecordedSite

if TYPE_CHECKING:
    from waldur_site_agent_testkit.manual.matrix.recording import Caller
    from waldur_site_agent_testkit.mastermind.state import ApiKey, OfferingUser, Resource

Play: TypeAlias = Callable[[RecordedSite], None]
POLICY = UUID(int=1).hex


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One column of a table.

    Attributes:
        title: what happens.
        play: has it happen, and the agent see to it.
        plugin: which of the recorded plugins is at work.
        settings: of the offering, where it takes some.
        backend_settings: likewise.
    """

    title: str
    play: Play
    plugin: str = "everything"
    settings: Mapping[str, object] = field(default_factory=dict)
    backend_settings: Mapping[str, object] = field(default_factory=dict)

    def record(self) -> Mapping[tuple[str, str], Caller]:
        """Have it happen on a site of its own, and answer with what was called."""
        site = RecordedSite(self.plugin, self.settings, self.backend_settings)
        try:
            self.play(site)
            return site.recording.take()
        finally:
            site.close()


# Orders


def _create(site: RecordedSite) -> None:
    site.order()
    site.work(Role.ORDER_PROCESSING)


def _resume(site: RecordedSite) -> None:
    """The process dies when the account is there, and nothing else."""
    site.order()
    site.system.on_effect = _die
    try:
        site.work(Role.ORDER_PROCESSING)
    except KeyboardInterrupt:
        site.system.on_effect = lambda _phase, _name: None
    site.recording.take()
    site.work(Role.ORDER_PROCESSING)


def _die(phase: str, _name: str) -> None:
    if phase == "after":
        raise KeyboardInterrupt


def _update(site: RecordedSite) -> None:
    order = site.world.order_update(site.resource(), {"cpu": 20})
    order.attributes["description"] = "another one"
    site.work(Role.ORDER_PROCESSING)


def _terminate(site: RecordedSite) -> None:
    site.world.order_terminate(site.resource())
    site.work(Role.ORDER_PROCESSING)


def _restore(site: RecordedSite) -> None:
    resource = site.resource()
    site.world.order_terminate(resource)
    site.work(Role.ORDER_PROCESSING)
    site.recording.take()
    site.world.order_restore(resource)
    site.work(Role.ORDER_PROCESSING)


def _remote(site: RecordedSite) -> None:
    """Placed in one pass, seen to be done in the next."""
    site.order()
    site.work(Role.ORDER_PROCESSING)
    site.work(Role.ORDER_PROCESSING)


ORDERS = (
    Situation(title="Create", play=_create),
    Situation(title="Create, after a kill", play=_resume),
    Situation(title="Update", play=_update),
    Situation(title="Terminate", play=_terminate),
    Situation(title="Restore", play=_restore),
    Situation(title="Create, asynchronous", play=_remote, plugin="elsewhere"),
)


# Members


def _members(change: Callable[[RecordedSite, Resource], object]) -> Play:
    """Something changes about a resource, and a membership pass follows."""

    def play(site: RecordedSite) -> None:
        change(site, site.resource())
        site.work(Role.MEMBERSHIP_SYNC)

    return play


def _unpaused(site: RecordedSite, resource: Resource) -> None:
    site.world.pause(resource)
    site.work(Role.MEMBERSHIP_SYNC)
    site.recording.take()
    site.world.pause(resource, paused=False)


def _limited(site: RecordedSite, resource: Resource) -> None:
    site.world.limit_user(_account(site), resource, "cpu", 2)


def _differing(site: RecordedSite, resource: Resource) -> None:
    site.system.accounts[resource.backend_id].limits["cpu"] = 60


def _closed(site: RecordedSite, _resource: Resource) -> None:
    site.world.revoke(site.ada, site.project)
    site.world.move_account(_account(site), "request_deletion")


def _account(site: RecordedSite) -> OfferingUser:
    account = site.world.offering_user(site.ada, site.offering)
    if account is None:
        raise LookupError("a member of a resource has an account")
    return account


MEMBERS = (
    Situation(title="nothing changed", play=_members(lambda _site, _resource: None)),
    Situation(title="somebody comes", play=_members(lambda site, _: site.join("grace"))),
    Situation(
        title="somebody goes",
        play=_members(lambda site, _: site.world.revoke(site.ada, site.project)),
    ),
    Situation(title="an account is closed", play=_members(_closed)),
    Situation(title="paused", play=_members(lambda site, one: site.world.pause(one))),
    Situation(title="downscaled", play=_members(lambda site, one: site.world.downscale(one))),
    Situation(title="restored", play=_members(_unpaused)),
    Situation(title="limits of a user", play=_members(_limited)),
    Situation(
        title="limits differ, `limits_owner: waldur`",
        play=_members(_differing),
        settings={"limits_owner": "waldur"},
    ),
)


# Usage


def _usage(site: RecordedSite) -> None:
    site.resource()
    site.work(Role.REPORTING)


USAGE = (Situation(title="this month, and the one before", play=_usage),)
"""On the first day of a month both are always reported: one alone would differ by the day."""


# Events


def _message(send: Callable[[RecordedSite, Resource], object]) -> Play:
    """Something happens while a process listens."""

    def play(site: RecordedSite) -> None:
        resource = site.resource()
        process = site.listening()
        send(site, resource)
        site.hear(process)

    return play


def _rotation(site: RecordedSite, resource: Resource) -> None:
    keys = site.world.state.api_keys.values()
    site.world.rotate_key(next(key for key in keys if _is_of(key, resource)))


def _lost(site: RecordedSite, resource: Resource) -> None:
    del site.system.accounts[resource.backend_id]
    site.world.sync_resources(site.offering, site.ada)


def _is_of(key: ApiKey, resource: Resource) -> bool:
    return key.resource is resource


EVENTS = (
    Situation(title="`order`", play=_message(lambda site, _: site.order())),
    Situation(title="`user_role`: granted", play=_message(lambda site, _: site.join("grace"))),
    Situation(
        title="`user_role`: revoked",
        play=_message(lambda site, _: site.world.revoke(site.ada, site.project)),
    ),
    Situation(title="`resource`: paused", play=_message(lambda site, one: site.world.pause(one))),
    Situation(
        title="`offering_user`: profile",
        play=_message(
            lambda site, _: site.world.update_profile(_account(site), {"email": "a@example.org"})
        ),
    ),
    Situation(
        title="`service_account`",
        play=_message(lambda site, _: site.world.add_service_account(site.project, "robot")),
    ),
    Situation(
        title="`course_account`",
        play=_message(lambda site, _: site.world.add_course_account(site.project, site.cleo)),
    ),
    Situation(title="`offering_resources_sync`, and one was lost", play=_message(_lost)),
    Situation(
        title="`resource_periodic_limits`",
        play=_message(
            lambda site, one: site.world.apply_periodic_limits(one, POLICY, {"fairshare": 10})
        ),
        backend_settings={"periodic_limits": {"enabled": True}},
    ),
    Situation(title="`resource_api_key_rotation`", play=_message(_rotation)),
    Situation(
        title="`importable_resources`",
        play=_message(lambda site, _: site.world.request_import(site.offering)),
    ),
)
