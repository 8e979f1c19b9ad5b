"""The names that third-party plugins of the 1.x agent rely on."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend, BaseBackend
from waldur_site_agent.backend.clients import BaseClient

IMPORTED = {
    "backend.exceptions": "BackendError BackendNotReadyError DuplicateResourceError "
    "OfferingUserAccountLinkingRequiredError OfferingUserAdditionalValidationRequiredError "
    "BackendUnavailableError UserNotProvisionedError",
    "backend.backends": "BaseBackend AbstractUsernameManagementBackend PendingOrderDecision "
    "UnknownBackend UnknownUsernameManagementBackend BackendRole AddedUsers RemovedUsers",
    "backend.structures": "ClientResource Association BackendResourceInfo",
    "backend.clients": "BaseClient",
    "backend.quota": "HomedirQuotaConfig",
    "backend": "logger BackendType DEFAULT_RESOURCE_KEY_COUNT configure_logger",
    "backend.utils": "format_current_month format_month_period generate_monthly_periods sum_dicts "
    "get_current_time_in_timezone get_usage_based_limits",
    "common.plugin_schemas": "PluginBackendSettingsSchema PluginComponentSchema "
    "HomedirSettingsSchema TargetComponentConfig",
    "common.structures": "Offering BackendComponent normalize_backend_components",
    "common.component_mapping": "ComponentMapper TargetMapping ReverseMapping",
    "common.sentry": "scrub_secret_query_params",
    "common.utils": "get_client load_configuration",
    "common": "WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES "
    "WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES WALDUR_SITE_AGENT_MEMBERSHIP_SYNC_PERIOD_MINUTES "
    "WALDUR_SITE_AGENT_RECONCILIATION_PERIOD_MINUTES MARKETPLACE_SLURM_OFFERING_TYPE",
}
PATHS = [(module, name) for module, names in IMPORTED.items() for name in names.split()]

BACKEND_TYPES = "CEPH_S3 DIGITALOCEAN MOAB MUP SLURM CUSTOM UNKNOWN"

HOOKS = [
    "__init__",
    "ping",
    "_collect_resource_limits",
    "_pre_create_resource",
    "_get_usage_report",
    "diagnostics",
    "list_components",
    "downscale_resource",
    "pause_resource",
    "restore_resource",
    "get_resource_metadata",
    "set_resource_limits",
    "delete_resource",
    "_pull_backend_resource",
    "create_resource_with_id",
    "add_user",
    "remove_user",
    "add_users_to_resource",
    "create_resource",
    "get_resource_limits",
    "get_usage_report_for_period",
    "pull_resource",
    "remove_users_from_resource",
    "post_create_resource",
    "_create_backend_resource",
    "_get_project_backend_id",
    "_get_customer_backend_id",
    "_get_resource_backend_id",
    "_pre_delete_resource",
    "sync_resource_end_date",
    "sync_resource_project",
    "sync_resource_limits",
    "_pre_delete_user_actions",
    "apply_periodic_settings",
    "has_prepaid_components",
    "process_existing_users",
    "set_resource_user_limits",
    "create_user_homedirs",
    "check_pending_order",
    "list_resources",
    "reconcile_existing_user_roles",
    "run_preflight",
    "setup_target_event_subscriptions",
    "sync_offering_user_usernames",
    "sync_project_end_date",
    "sync_resource_effective_id",
    "prune_unknown_resource_keys",
    "recreate_missing_resource",
    "get_membership_sync_report",
    "_setup_resource_limits",
    "post_delete_resource",
    "evaluate_pending_order",
    "update_user_attributes",
    "pull_resources",
    "get_resource_user_limits",
    "generate_resource_keys",
    "rotate_resource_key",
    "_on_backend_resource_created",
    "get_daily_usage_report_for_period",
    "mint_resource_key",
    "pause_resource_key",
    "resume_resource_key",
    "update_resource_key",
    "delete_resource_key",
    "get_resource_key_usage_report",
    "get_resource_key_usage_report_for_period",
    "get_resource_key_daily_usage_report",
    "get_resource_key_daily_usage_report_for_period",
    "sync_resource_key_assignees",
    "reconcile_offering",
    "reconcile_project_groups",
    "release_users",
    "remote_waldur_base_urls",
    "expects_target_event_subscriptions",
    "strict_pull_requested",
    "usage_requested",
    "begin_pass",
    "end_pass",
    "adopt_resource",
    "update_resource_attributes",
    "change_members",
    "normalize_username",
    "get_resource_status",
    "set_limits_of_users",
]

FLAGS = {
    "supports_decreasing_usage": False,
    "supports_async_orders": False,
    "supports_resource_api_keys": False,
    "supports_cycle_preflight": False,
    "supports_user_homedirs": False,
    "supports_periodic_settings": False,
    "requires_source_project": False,
    "shared_project_membership": False,
    "team_fetch_attempts": 1,
    "team_fetch_delay": 3.0,
    "handled_resource_states": ["OK", "Erred"],
    "user_resolve_method": "",
    "fetch_consented_users_only": False,
    "skip_resource_team_diff": False,
    "wants_user_attributes": True,
    "offering_enforce_qos": False,
    "cluster_name": "",
    "service_provider_uuid": "",
    "timezone": "UTC",
    "partition_enforcement_enabled": False,
    "reserves_backend_ids": None,
    "supports_resource_api_key_lifecycle": False,
    "supports_resource_api_key_usage": False,
    "supports_daily_usage": False,
    "supports_spending_limit_periods": False,
    "requires_resource_key_assignees": False,
    "is_username_authoritative": False,
    "reconciles_project_groups": False,
}

CLIENT = [
    "list_resources",
    "get_resource",
    "create_resource",
    "delete_resource",
    "set_resource_limits",
    "get_resource_limits",
    "get_resource_user_limits",
    "set_resource_user_limits",
    "get_association",
    "create_association",
    "delete_association",
    "get_usage_report",
    "list_resource_users",
    "execute_command",
    "create_linux_user_homedir",
]

USERNAMES = [
    "generate_username",
    "get_username",
    "get_or_create_username",
    "sync_user_profiles",
    "deactivate_users",
]


@pytest.mark.parametrize(("module", "name"), PATHS)
def test_is_imported_from_where_1x_plugins_import_it(module: str, name: str) -> None:
    assert getattr(import_module(f"waldur_site_agent.{module}"), name) is not None


@pytest.mark.parametrize("name", sorted(set(IMPORTED)))
def test_has_nothing_else_to_give(name: str) -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        import_module(f"waldur_site_agent.{name}").no_such_name  # noqa: B018 - asking is the test


@pytest.mark.parametrize("hook", HOOKS)
def test_declares_and_documents_the_hook(hook: str) -> None:
    declared = inspect.getattr_static(BaseBackend, hook)

    assert callable(declared)
    assert declared.__doc__
    assert inspect.signature(declared).return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize(("flag", "default"), FLAGS.items())
def test_declares_the_flag(flag: str, default: object) -> None:
    assert getattr(BaseBackend, flag) == default


@pytest.mark.parametrize("method", CLIENT)
def test_declares_the_clients_method(method: str) -> None:
    assert inspect.getattr_static(BaseClient, method).__doc__


@pytest.mark.parametrize("method", USERNAMES)
def test_declares_the_username_backends_method(method: str) -> None:
    assert inspect.getattr_static(AbstractUsernameManagementBackend, method).__doc__


def test_asks_of_a_plugin_what_every_1x_plugin_implements() -> None:
    assert BaseBackend.__abstractmethods__ == {
        "ping", "diagnostics", "list_components", "_get_usage_report", "_collect_resource_limits",
        "_pre_create_resource", "downscale_resource", "pause_resource", "restore_resource",
        "get_resource_metadata",
    }  # fmt: skip


def test_backend_types_are_strings() -> None:
    from waldur_site_agent.backend import BackendType  # noqa: PLC0415 - what plugins write

    assert {name: BackendType[name].value for name in BACKEND_TYPES.split()} == {
        name: name.lower() for name in BACKEND_TYPES.split()
    }
    assert str(BackendType.SLURM) == "slurm"


def test_a_new_instance_is_of_no_known_type() -> None:
    from waldur_site_agent.backend.backends import UnknownBackend  # noqa: PLC0415 - what plugins write

    backend = UnknownBackend()

    assert backend.backend_type == "unknown"
    assert backend.ping() is False
    assert backend.list_resources() == []


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("waldur_site_agent.backend", "logging pydantic httpx httpx2 msgspec structlog yaml"),
        ("waldur_site_agent.backend.backends", "pydantic httpx httpx2 msgspec structlog yaml"),
        ("waldur_site_agent.backend.quota", "pydantic"),
        ("waldur_site_agent.common", "pydantic yaml"),
        ("waldur_site_agent.common.structures", "pydantic waldur_api_client"),
        ("waldur_site_agent.common.utils", "pydantic waldur_api_client httpx"),
    ],
)
def test_importing_brings_nothing_heavy(module: str, unwanted: str) -> None:
    code = f"import sys, {module}; print(*(set(sys.modules) & set({unwanted.split()!r})))"
    done = subprocess.run(  # noqa: S603 - our own interpreter and words
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == []
