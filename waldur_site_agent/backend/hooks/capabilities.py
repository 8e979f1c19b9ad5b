"""What a backend declares about itself, and what the agent tells it about its offering.

The agent reads flags on the class or the instance. What 1.x plugins could only hope that the core
probed for (``user_resolve_method`` and others) is declared here like the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import BackendRole, MemberKey, ResourceStatus

if TYPE_CHECKING:
    from collections.abc import Sequence


class Capabilities:
    """Flags with their defaults. A plugin overrides what differs."""

    supported_roles: frozenset[BackendRole] = frozenset(BackendRole)
    """What an offering may use this backend for."""

    # Orders

    supports_async_orders: bool = False
    """Orders take their time elsewhere: creating, updating and deleting answer with a remote
    order's id, and ``check_pending_order`` tells how it goes. Without it, ``order.backend_id`` is
    never looked at, because outside systems write that field too."""

    supports_cycle_preflight: bool = False
    """``run_preflight`` is called before each pass over the orders."""

    reserves_backend_ids: bool | None = None
    """Whether the id that the agent proposes is the one that the resource will have, so that it
    may be written to Waldur before the backend hears of it. None: yes, unless the plugin overrides
    ``create_resource_with_id``, which may answer with a remote system's id, or creates by
    ``create_resource`` alone."""

    team_fetch_attempts: int = 1
    """How often a new resource's team is read while it is *empty*."""

    team_fetch_delay: float = 3.0
    """Seconds between those."""

    # Members

    user_resolve_method: str = ""
    """``"identity_bridge"``: members are known by their stable identity (CUID) rather than by the
    offering's username."""

    members_known_by: MemberKey | None = None
    """By which of their names the backend lists its members. None: by their CUIDs where
    ``user_resolve_method`` says so, else by the offering's usernames."""

    fetch_consented_users_only: bool = False
    """Only members who consented to the offering's terms count as its team."""

    wants_user_attributes: bool = True
    """``user_attributes`` are read for members who are added. False saves requests."""

    skip_resource_team_diff: bool = False
    """Members are no business of Waldur's team: nobody is added or removed.

    Plugins of the 1.x agent with it bring their system in line while they are read, so dry runs and
    ``plugins check`` do not read their resources."""

    shared_project_membership: bool = False
    """Resources of one project share their members on the backend, so a member of any keeps
    access to all."""

    handled_resource_states: Sequence[str] = ["OK", "Erred"]
    """The states in Waldur of resources that membership sync looks after."""

    supports_user_homedirs: bool = False
    """The home directories command works on this backend."""

    is_username_authoritative: bool = False
    """The backend decides about usernames, and Waldur follows."""

    # States

    unsupported_states: frozenset[ResourceStatus] = frozenset()
    """States into which no resource of this backend can be brought. Where Waldur asks for one of
    them, the log and dry runs say so, and no hook is called. Never ``NORMAL``."""

    # Usage

    supports_decreasing_usage: bool = False
    """Usage may go down within a month (a gauge): the guard against that is off."""

    supports_daily_usage: bool = False
    """``get_daily_usage_report_for_period`` answers."""

    # Limits

    supports_periodic_settings: bool = False
    """``apply_periodic_settings`` does something."""

    supports_spending_limit_periods: bool = False
    """Spending limits of API keys may be set by period."""

    # API keys

    supports_resource_api_keys: bool = False
    """Resources have API keys: ``generate_resource_keys`` and ``rotate_resource_key`` answer."""

    supports_resource_api_key_lifecycle: bool = False
    """Single keys can be minted, paused, resumed, updated and deleted."""

    supports_resource_api_key_usage: bool = False
    """Usage is known for each key."""

    requires_resource_key_assignees: bool = False
    """The backend has to be told which user each key belongs to."""

    # Projects

    requires_source_project: bool = False
    """The project's metadata are read from Waldur and passed to the creating and sync hooks."""

    reconciles_project_groups: bool = False
    """``reconcile_project_groups`` does something."""

    # Told by the agent, before the first hook of a pass

    service_provider_uuid: str = ""
    """The offering's service provider, in hex."""

    timezone: str = "UTC"
    """The configured time zone, in which months begin and end."""

    offering_partitions: list[str]
    """Names of the partitions that Waldur knows of the offering, sorted."""

    offering_enforce_qos: bool = False
    """The offering's ``enforce_qos`` option in Waldur."""

    # Told by the plugin

    partition_enforcement_enabled: bool = False
    """Members are held to ``offering_partitions``; a warning says so where there are none."""

    cluster_name: str = ""
    """The cluster's name; diagnostics compares it with the offering's backend id in Waldur."""
