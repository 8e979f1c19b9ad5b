"""Slurm as a backend: what Waldur asks for, put together from the rooms of this package."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from waldur_site_agent.backend import BackendType, logger
from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
    UserNotProvisionedError,
)
from waldur_site_agent.backend.structures import (
    AddedUsers,
    BackendResourceInfo,
    Measured,
    RemovedUsers,
)
from waldur_site_agent.backend.utils import get_current_time_in_timezone
from waldur_site_agent_slurm import qos
from waldur_site_agent_slurm.answers import presentable
from waldur_site_agent_slurm.bulk import BulkMembers
from waldur_site_agent_slurm.client import SlurmClient
from waldur_site_agent_slurm.commands import CLEARED
from waldur_site_agent_slurm.diagnostics import diagnose
from waldur_site_agent_slurm.directories import ProjectDirectories
from waldur_site_agent_slurm.grants import enforces_qos, grant_for
from waldur_site_agent_slurm.hierarchy import Hierarchy, has_slugs, place_of
from waldur_site_agent_slurm.homes import without_home
from waldur_site_agent_slurm.jobs import JobEnding
from waldur_site_agent_slurm.limits import (
    LimitRules,
    known_limits,
    left_by_retirement,
    months_between,
)
from waldur_site_agent_slurm.load_file import Joining
from waldur_site_agent_slurm.members import JOBS_LEFT, Members
from waldur_site_agent_slurm.memberships import Membership
from waldur_site_agent_slurm.names import account_name, user_name
from waldur_site_agent_slurm.settings import SlurmSettings
from waldur_site_agent_slurm.usage import measure
from waldur_site_agent_slurm.usage_rules import UsageRules
from waldur_site_agent_slurm.windows import month_window

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from waldur_site_agent.backend.component_types import Components
    from waldur_site_agent.backend.hooks.reading import R
    from waldur_site_agent.backend.structures import (
        MembersChange,
        MembersChanged,
        ResourceStatus,
        UsageReport,
        UserContext,
    )
    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource
    from waldur_site_agent_slurm.commands import Grant
    from waldur_site_agent_slurm.hierarchy import Place
    from waldur_site_agent_slurm.qos import QosChange
    from waldur_site_agent_slurm.settings import MappedUsage
    from waldur_site_agent_slurm.snapshot import Account
    from waldur_site_agent_slurm.windows import Window

NOT_BEGUN = "the month has not begun at the site"


class SlurmBackend(BaseBackend):
    """Accounts, limits, members and states on one Slurm cluster."""

    supports_user_homedirs = True
    supports_periodic_settings = True
    reserves_backend_ids = True
    wants_user_attributes = False
    client: SlurmClient

    def __init__(self, backend_settings: dict[str, Any], backend_components: Components) -> None:
        """Take an offering's settings; Slurm is not asked.

        Raises:
            BackendError: a setting or a component that cannot be worked with.
        """
        super().__init__(backend_settings, backend_components)
        self.backend_type = BackendType.SLURM.value
        self.settings = SlurmSettings.from_dict(backend_settings)
        self.rules, self._usage_rules = _rules(backend_components, self.settings.mapped_usage)
        self.client = self.make_client(self.settings)
        self.cluster_name = self.settings.cluster_name
        self.partition_enforcement_enabled = self.settings.enforce_offering_partitions
        self._hierarchy = Hierarchy(self.client)
        self._members = Members(self.client, self.settings)
        self._bulk = BulkMembers(self.client, self.settings)
        self._directories = ProjectDirectories(self.client, self.settings.project_directory)
        self._told: set[str] = set()
        if self.settings.wants_ldap:
            logger.warning("backend_settings.ldap: this version keeps no project groups in LDAP")

    def make_client(self, settings: SlurmSettings) -> SlurmClient:
        """Choose how Slurm is spoken to: the place for another client of the same interface."""
        return SlurmClient(settings)

    # The cluster

    def begin_pass(self) -> None:
        """Read the cluster once for all that follows."""
        self.client.begin_pass()

    def end_pass(self) -> None:
        """Let go of what was read."""
        self.client.end_pass()

    def ping(self, raise_exception: bool = False) -> bool:
        """Whether slurmdbd answers; always asked anew."""
        try:
            self.client.list_clusters()
        except BackendError:
            if raise_exception:
                raise
            return False
        return True

    def diagnostics(self) -> bool:
        """Log what an administrator wants to know, and say whether all is well."""
        return diagnose(self.client, self.settings, self.rules)

    def list_components(self) -> list[str]:
        """The TRES that can be limited."""
        return sorted(self.client.list_tres())

    # Reading

    def pull_resources(
        self, resources: Sequence[R], include_usage: bool = True, strict: bool = False
    ) -> dict[str, tuple[R, BackendResourceInfo]]:
        """Read many resources out of one dump, and their usage by one sacct."""
        named = [r for r in resources if r.backend_id and r.backend_id.strip()]
        try:
            with self.client.one_view():
                accounts = {r.backend_id: self._account(r.backend_id) for r in named}
                there = [name for name, account in accounts.items() if account]
                used = self._get_usage_report(there) if include_usage and there else {}
        except BackendError as error:
            if strict:
                raise
            logger.warning("The resources could not be read: %s", presentable(str(error)))
            return {}
        return {
            r.backend_id: (r, _info(r.backend_id, account, used))
            for r in named
            if (account := accounts[r.backend_id])
        }

    def _account(self, backend_id: str) -> Account | None:
        return self.client.snapshot().account(account_name(backend_id))

    def _pull_backend_resource(self, resource_backend_id: str) -> BackendResourceInfo | None:
        account = self._account(resource_backend_id)
        used = self._get_usage_report([resource_backend_id]) if account else {}
        return _info(resource_backend_id, account, used) if account else None

    def list_resources(self) -> list[BackendResourceInfo]:
        """List all accounts with their parents and users."""
        return [_info(found.name, found, {}) for found in self.client.snapshot().accounts()]

    # Usage

    def measure_usage(self, resource_backend_ids: Sequence[str], year: int, month: int) -> Measured:
        """Measure what resources used in a month so far, by one sacct; see the base class."""
        begun = _window(year, month, self.timezone).until(int(time.time()))
        if not begun.seconds:
            return Measured(unmeasured=dict.fromkeys(resource_backend_ids, NOT_BEGUN))
        return measure(self.client, self._usage_rules, resource_backend_ids, begun)

    def _get_usage_report(self, resource_backend_ids: list[str]) -> UsageReport:
        now = get_current_time_in_timezone(self.timezone)
        measured = self.measure_usage(resource_backend_ids, now.year, now.month)
        for reason in measured.unmeasured.values():
            raise BackendError(reason)
        return measured.report

    def get_usage_report_for_period(
        self,
        resource_backend_ids: list[str],
        year: int,
        month: int,
        waldur_resource: WaldurResource | None = None,
    ) -> UsageReport:
        """Report a past month's usage, in Waldur units; what cannot be told is left out."""
        del waldur_resource
        return self.measure_usage(resource_backend_ids, year, month).report

    def _own(self, backend_id: str) -> str:
        """Fold a resource's id into the name of an account that is the resource's own.

        Raises:
            BackendError: it is no name, or one of the site's own accounts, which no order may
                touch whatever Waldur says.
        """
        name = account_name(backend_id)
        if name in self.settings.site_accounts:
            raise BackendError(
                f"{backend_id!r} is an account of the site itself (see backend_settings), so it "
                "cannot be a resource's: give the resource another id in Waldur"
            )
        return name

    def _account_of(self, resource: WaldurResource) -> str:
        backend_id = (resource.backend_id or "").strip()
        if not backend_id:
            raise BackendError("the resource has no id on the backend, so it can have no members")
        return self._own(backend_id)

    # Coming

    def _place(self, resource: WaldurResource) -> Place:
        return place_of(
            resource,
            project=self._get_project_backend_id(resource.project_slug),
            customer=self._get_customer_backend_id(resource.customer_slug),
            settings=self.settings,
        )

    def _pre_create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> None:
        """Make the customer's and the project's accounts."""
        del user_context
        self._hierarchy.ensure(self._place(waldur_resource))

    def create_resource_with_id(
        self,
        waldur_resource: WaldurResource,
        resource_backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Make an account with all that belongs to it; see the base class."""
        self._own(resource_backend_id)
        with self.client.one_view():
            return super().create_resource_with_id(
                waldur_resource, resource_backend_id, user_context
            )

    def _create_backend_resource(
        self,
        resource_backend_id: str,
        resource_name: str,
        resource_organization: str,
        resource_parent_name: str | None = None,
    ) -> bool:
        if self._account(resource_backend_id) is not None:
            return False
        self.client.create_resource(
            resource_backend_id, resource_name, resource_organization, resource_parent_name
        )
        return True

    def adopt_resource(
        self,
        resource: WaldurResource,
        backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Complete an account that exists: parents, limits, QoS and directories.

        What is as it should be is left alone.
        """
        self._own(backend_id)
        with self.client.one_view():
            self.client.existing(backend_id)
            place = self._place(resource)
            self._hierarchy.ensure(place)
            self._hierarchy.move(backend_id, place.project)
            return super().adopt_resource(resource, backend_id, user_context)

    def post_create_resource(
        self,
        resource: BackendResourceInfo,
        waldur_resource: WaldurResource,
        user_context: UserContext | None = None,
    ) -> None:
        """Attach the account's QoS, and make the project's directory."""
        del user_context
        with self.client.one_view():
            self._attach_qos(resource.backend_id)
            self._directories.ensure(self._place(waldur_resource).project)
            resource.backend_metadata = self.get_resource_metadata(resource.backend_id)

    def _attach_qos(self, backend_id: str) -> None:
        managed = self.settings.account_qos
        change = qos.attached(self.client.existing(backend_id), self.settings)
        if change is None:
            return
        self.client.add_qos(change.default, flags=managed.flags, limits=managed.limits)
        self.client.set_qos(backend_id, change.names, change.default)

    # Going

    def delete_resource(self, waldur_resource: WaldurResource, **kwargs: object) -> str | None:
        """End an account's jobs, take its users off, and remove or retire it.

        Raises:
            BackendNotReadyError: its jobs have not ended yet.
            BackendUnavailableError: Slurm could not be asked.
            BackendError: Slurm refused.
        """
        backend_id = (waldur_resource.backend_id or "").strip()
        if not backend_id:
            logger.warning("A resource without an id needs no deletion on Slurm")
            return None
        self._own(backend_id)
        with self.client.one_view():
            self.client.refresh()
            if self._account(backend_id):
                self._end(backend_id)
            else:
                logger.warning("%r is not on the cluster", backend_id)
            if not self._soft_delete:
                self._clean_up(backend_id, str(kwargs.get("project_slug") or ""))
        return None

    def _end(self, backend_id: str) -> None:
        ending = JobEnding(self.client, wait_seconds=self.settings.job_wait_seconds)
        if not ending.end_all(backend_id):
            raise BackendNotReadyError(f"jobs of {backend_id!r} have not ended yet")
        users = self.client.list_resource_users(backend_id)
        removed = self._members.take_off(backend_id, users, ending)
        if removed.failed:
            count, why = len(removed.failed), next(iter(removed.failed.values()))
            raise BackendNotReadyError(
                f"{count} users of {backend_id!r} could not be removed: {why}"
            )
        if self._soft_delete:
            zeros = known_limits(dict.fromkeys(self.rules.tres, 0), self.client.list_tres())
            self.client.set_resource_limits(backend_id, zeros.limits)
        else:
            ending.remove(lambda: self.client.delete_resource(backend_id))

    def _clean_up(self, backend_id: str, project_slug: str) -> None:
        """Remove what only the account needed; also after a deletion that was interrupted."""
        try:
            if self._has_own_qos(backend_id):
                self.client.remove_qos(account_name(backend_id))
            if project_slug:
                self._remove_empty(self._get_project_backend_id(project_slug))
        except BackendUnavailableError:
            raise
        except BackendError as error:
            logger.warning("Left over from %r: %s", backend_id, presentable(str(error)))

    def _has_own_qos(self, backend_id: str) -> bool:
        is_site = account_name(backend_id) in self.settings.site_qos
        return self.settings.account_qos.enabled and not is_site

    def _remove_empty(self, project: str) -> None:
        if account_name(project) in self.settings.site_accounts:
            return
        self.client.refresh()
        snapshot = self.client.snapshot()
        found = snapshot.account(account_name(project))
        if found and not found.users and not snapshot.children_of(found.name):
            self.client.delete_resource(found.name)

    # Limits

    def has_prepaid_components(self) -> bool:
        """Whether limits depend on a resource's end date."""
        return self.rules.has_prepaid

    def _collect_resource_limits(
        self, waldur_resource: WaldurResource
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Compute limits in TRES-minutes, and in Waldur units what Waldur is told.

        A component that the cluster cannot limit is only in the second, with a warning.
        """
        ordered = self.rules.ordered(waldur_resource.limits or {})
        fixed = self.rules.fixed()
        months = 1
        if self.rules.has_prepaid:
            months = months_between(_day(waldur_resource.created), _day(waldur_resource.end_date))
        native = self._known({**self.rules.to_slurm({**ordered, **fixed}, months=months)})
        return native, _whole({**ordered, **fixed})

    def _known(self, limits: dict[str, int]) -> dict[str, int]:
        """Leave out what the cluster cannot limit, and say so once."""
        if not limits:
            return {}
        known = known_limits(limits, self.client.list_tres())
        new = known.unknown - self._told
        if new:
            self._told |= new
            logger.warning(
                "The components %s are not limited: the cluster has no TRES %s",
                ", ".join(self.rules.components_of(new)),
                ", ".join(sorted(new)),
            )
        return known.limits

    def _setup_resource_limits(
        self, resource_backend_id: str, waldur_resource: WaldurResource
    ) -> dict[str, int]:
        self._own(resource_backend_id)
        with self.client.one_view():
            native, waldur = self._collect_resource_limits(waldur_resource)
            current = self.client.get_resource_limits(resource_backend_id)
            ours = {name: v for name, v in current.items() if name in self.rules.tres}
            cleared = dict.fromkeys(left_by_retirement(ours, native), CLEARED)
            self.client.set_resource_limits(resource_backend_id, {**native, **cleared})
        return waldur

    def set_resource_limits(
        self, resource_backend_id: str, limits: Mapping[str, float]
    ) -> str | None:
        """Set limits given in Waldur units, where they differ; those not named stay."""
        self._own(resource_backend_id)
        with self.client.one_view():
            native = self._known(self.rules.to_slurm(limits))
            return self.client.set_resource_limits(resource_backend_id, native)

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """Read limits in Waldur units, cut to whole numbers; prepaid ones are left out."""
        return self.rules.to_waldur(self.client.get_resource_limits(resource_backend_id))

    def sync_resource_limits(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Tell Waldur where somebody changed limits on the cluster.

        Compared in TRES-minutes, so that rounding is no change. What the cluster cannot limit
        keeps its limit in Waldur, and so does what is as it was ordered.
        """
        ordered = dict(waldur_resource.limits or {})
        with self.client.one_view():
            current = self.client.get_resource_limits(waldur_resource.backend_id)
        changed = {**ordered, **self.rules.changed_on_slurm(ordered, current)}
        if changed != ordered:
            waldur_rest_client.gateway.resources.set_limits(waldur_resource.uuid, changed)

    def sync_resource_end_date(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Bring prepaid limits in line with a resource's end date."""
        del waldur_rest_client
        if self.rules.has_prepaid:
            self._setup_resource_limits(waldur_resource.backend_id, waldur_resource)

    def set_resource_user_limits(
        self, resource_backend_id: str, username: str, limits: dict[str, int]
    ) -> str:
        """Make one user's limits (Waldur units) exactly these; an empty mapping clears them."""
        self.set_limits_of_users(resource_backend_id, {username: limits})
        return ""

    def set_limits_of_users(
        self, resource_backend_id: str, limits: Mapping[str, dict[str, int]]
    ) -> None:
        """Make users' limits (Waldur units) exactly these, by one command for each amount."""
        self._own(resource_backend_id)
        with self.client.one_view():
            native = {user: self._known(self.rules.to_slurm(its)) for user, its in limits.items()}
            self.client.set_limits_of_users(resource_backend_id, native)

    def get_resource_user_limits(self, resource_backend_id: str) -> dict[str, dict[str, int]]:
        """Read users' limits in Waldur units; users without any are left out."""
        found = self.client.get_resource_user_limits(resource_backend_id)
        return {user: self.rules.user_to_waldur(limits) for user, limits in found.items()}

    # Members

    def add_users_to_resource(
        self, waldur_resource: WaldurResource, user_ids: set[str], **kwargs: object
    ) -> AddedUsers:
        """Put users on a resource's account by one command, and give them homes."""
        backend_id = self._account_of(waldur_resource)
        wanted = {user for user in user_ids if user and user.strip()}
        with self.client.one_view():
            added = self._members.add(backend_id, wanted, self._grant(waldur_resource))
        umask = str(kwargs.get("homedir_umask") or self.settings.homedir_umask)
        has_quota = bool(self.backend_settings.get("homedir_quota"))
        self._make_homes(added if has_quota else self._without_home(added), umask)
        return added

    def _grant(self, resource: WaldurResource) -> Grant:
        return grant_for(
            self._account_of(resource),
            attributes=resource.attributes or {},
            offering_partitions=self.offering_partitions,
            enforces_qos=self._enforces_qos,
            settings=self.settings,
        )

    def add_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Put one user on a resource's account."""
        if not (username and username.strip()):
            self._account_of(waldur_resource)
            return False
        added = self.add_users_to_resource(waldur_resource, {username}, **kwargs)
        if username in added.waiting:
            raise UserNotProvisionedError(f"the user {added.waiting[username]}")
        _raise_failure(added.failed.get(username))
        return True

    def remove_users_from_resource(
        self, waldur_resource: WaldurResource, usernames: set[str], **kwargs: object
    ) -> RemovedUsers:
        """Take users off a resource's account by one command, after ending their jobs on it."""
        del kwargs
        backend_id = self._account_of(waldur_resource)
        wanted = {user for user in usernames if user and user.strip()}
        with self.client.one_view():
            return self._members.remove(backend_id, wanted)

    def remove_user(self, waldur_resource: WaldurResource, username: str, **kwargs: object) -> bool:
        """Take one user off a resource's account."""
        if not (username and username.strip()):
            self._account_of(waldur_resource)
            return False
        removed = self.remove_users_from_resource(waldur_resource, {username}, **kwargs)
        _raise_failure(removed.failed.get(username))
        return True

    def change_members(self, changes: Sequence[MembersChange]) -> list[MembersChanged]:
        """Change the members of many resources by a handful of processes; see the base class.

        What could not be changed in bulk is changed resource by resource, or told.
        """
        with self.client.one_view():
            joinings, leaving = list(self._joinings(changes)), list(self._leavings(changes))
            busy = self._bulk.change(joinings, leaving)
            changed = super().change_members([_without(change, busy) for change in changes])
        for change, answer in zip(changes, changed, strict=True):
            answer.removed.failed.update(dict.fromkeys(_busy_of(change, busy), JOBS_LEFT))
        return changed

    def _leavings(self, changes: Sequence[MembersChange]) -> Iterator[Membership]:
        for change in changes:
            with suppress(BackendError):
                account = self._account_of(change.resource)
                yield from (Membership(account, user_name(user)) for user in sorted(change.remove))

    def _joinings(self, changes: Sequence[MembersChange]) -> Iterator[Joining]:
        """Who comes; what is wrong with a resource is told when its turn comes."""
        seen: set[str] = set()
        for change in changes:
            with suppress(BackendError):
                account, grant = self._account_of(change.resource), self._grant(change.resource)
                if account not in seen:
                    seen.add(account)
                    users = self._members.admissible(change.add)
                    yield Joining(account=account, users=users, grant=grant)

    def normalize_username(self, username: str) -> str:
        """Slurm keeps users' names in lower case."""
        return username.lower()

    def process_existing_users(self, existing_users: set[str]) -> None:
        """Give homes, with their quotas, to members who have none yet."""
        self._make_homes(self._without_home(existing_users), self.settings.homedir_umask)

    def _without_home(self, users: Collection[str]) -> set[str]:
        return without_home(users, self.settings.homedir_base_path)

    def _make_homes(self, users: Collection[str], umask: str) -> None:
        """A home that cannot be made keeps nobody from computing."""
        if not self.settings.creates_homedirs:
            return
        try:
            self.create_user_homedirs(users, umask)
        except BackendError as error:
            logger.warning("Home directories could not be made: %s", presentable(str(error)))

    # States

    @property
    def _enforces_qos(self) -> bool:
        return enforces_qos(self.settings, offering=self.offering_enforce_qos)

    def get_resource_status(self, resource_backend_id: str) -> ResourceStatus | None:
        """Tell how an account stands, out of the snapshot.

        None where QoS are enforced: pausing and downscaling are the same there.
        """
        account = self._account(resource_backend_id)
        return None if account is None or self._enforces_qos else qos.status(account, self.settings)

    def downscale_resource(self, resource_backend_id: str) -> bool:
        """Confine an account to ``qos_downscaled``; say whether it is so now."""
        return self._restrict(resource_backend_id, "qos_downscaled", self.settings.qos_downscaled)

    def pause_resource(self, resource_backend_id: str) -> bool:
        """Confine an account to ``qos_paused``; say whether it is so now."""
        return self._restrict(resource_backend_id, "qos_paused", self.settings.qos_paused)

    def _restrict(self, backend_id: str, setting: str, name: str) -> bool:
        self._own(backend_id)
        with self.client.one_view():
            if self._enforces_qos:
                self.client.set_submit_limit(backend_id, 0)
                return True
            if not name:
                logger.error(
                    "%r is not restricted: backend_settings.%s is unset", backend_id, setting
                )
                return False
            account = self.client.existing(backend_id)
            change = qos.restricted(account, name)
            if change:
                described = qos.with_note(self._description(account), account, self.settings)
                self._switch_qos(account, change, described)
            return True

    def _description(self, account: Account) -> str:
        found = self.client.get_resource(account.name)
        return found.description if found else ""

    def _switch_qos(self, account: Account, change: QosChange, described: str) -> None:
        is_new = described != self._description(account)
        text = described if is_new else None
        self.client.set_qos(account.name, change.names, change.default, description=text)

    def restore_resource(self, resource_backend_id: str) -> bool:
        """Undo what pausing and downscaling did; say whether that was a change."""
        self._own(resource_backend_id)
        with self.client.one_view():
            if self._enforces_qos:
                self.client.set_submit_limit(resource_backend_id, -1)
                return True
            account = self.client.existing(resource_backend_id)
            if not qos.is_restricted(account, self.settings):
                return False
            described = self._description(account)
            change = qos.restored(account, described, self.settings)
            self._switch_qos(account, change, qos.without_note(described))
            return True

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """Tell the QoS that an account may use, as Slurm writes them."""
        account = self._account(resource_backend_id)
        return {"qos": ",".join(sorted(account.qos)) if account else ""}

    # Projects

    def sync_resource_project(
        self, waldur_resource: WaldurResource, source_project: object | None = None
    ) -> None:
        """Move a project's account, and a resource's, where Waldur says that they belong."""
        del source_project
        if self.settings.parent_account or not has_slugs(waldur_resource, self.settings):
            return
        place = self._place(waldur_resource)
        if place.project == place.customer:
            return
        with self.client.one_view():
            self._hierarchy.ensure(place)
            if self._account(waldur_resource.backend_id):
                self._hierarchy.move(waldur_resource.backend_id, place.project)


def _rules(components: Components, mapped: MappedUsage) -> tuple[LimitRules, UsageRules]:
    try:
        limits = LimitRules(components)
        return limits, UsageRules(components, limits, mapped=mapped)
    except ValueError as error:
        raise BackendError(str(error)) from error


def _window(year: int, month: int, timezone: str) -> Window:
    try:
        return month_window(year, month, timezone)
    except ValueError as error:
        raise BackendError(str(error)) from error


def _busy_of(change: MembersChange, busy: frozenset[Membership]) -> frozenset[str]:
    account = (change.resource.backend_id or "").strip().lower()
    return frozenset(user for user in change.remove if Membership(account, user) in busy)


def _without(change: MembersChange, busy: frozenset[Membership]) -> MembersChange:
    return replace(change, remove=change.remove - _busy_of(change, busy))


def _raise_failure(cause: str | None) -> None:
    if cause:
        raise BackendError(cause)


def _info(backend_id: str, account: Account, used: UsageReport) -> BackendResourceInfo:
    return BackendResourceInfo(
        backend_id=backend_id,
        parent_id=account.parent,
        users=sorted(user.name for user in account.users.values()),
        usage=used.get(backend_id, {}),
    )


def _day(moment: date | datetime | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _whole(limits: Mapping[str, float]) -> dict[str, int]:
    """Numbers as Waldur takes them: whole where they are whole."""
    return {name: int(v) if v == int(v) else v for name, v in limits.items()}  # type: ignore[misc]
