"""Hooks that none of the recorded situations calls, and when they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_YET = "by nobody in this version"
AT_START = "once, when a process on events starts"
OF_1X = "by the 1.x agent; this one asks `remote_events`"
BY_PLUGINS = "by plugins' own hooks"

UNSEEN: Mapping[str, str] = {
    "diagnostics": "by `waldur_site_diagnostics`",
    "list_components": "by `waldur_site_diagnostics` and `waldur_site_agent plugins check`",
    "create_resource": "by nobody: the agent chooses ids, and calls `create_resource_with_id`",
    "_get_customer_backend_id": f"{BY_PLUGINS}, where customers are accounts",
    "get_daily_usage_report_for_period": NOT_YET,
    "reconcile_offering": NOT_YET,
    "reconcile_project_groups": NOT_YET,
    "mint_resource_key": NOT_YET,
    "pause_resource_key": NOT_YET,
    "resume_resource_key": NOT_YET,
    "update_resource_key": NOT_YET,
    "delete_resource_key": NOT_YET,
    "get_resource_key_usage_report": NOT_YET,
    "get_resource_key_usage_report_for_period": NOT_YET,
    "get_resource_key_daily_usage_report": NOT_YET,
    "get_resource_key_daily_usage_report_for_period": NOT_YET,
    "sync_resource_key_assignees": NOT_YET,
    "create_user_homedirs": f"by `waldur_site_create_homedirs`, and {BY_PLUGINS}",
    "remote_events": AT_START,
    "setup_target_event_subscriptions": OF_1X,
    "expects_target_event_subscriptions": OF_1X,
    "remote_waldur_base_urls": NOT_YET,
    "client.get_usage_report": f"{BY_PLUGINS}, mostly `_get_usage_report`",
    "client.execute_command": "by plugins' own clients, to run a program",
    "client.create_linux_user_homedir": "by `create_user_homedirs`",
}
