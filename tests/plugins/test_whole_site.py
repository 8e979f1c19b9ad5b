"""A site's file with every key there is: right for the core, the Slurm plugin and the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from waldur_site_agent.config.components import BackendComponent
from waldur_site_agent.config.core_settings import CORE_KEYS
from waldur_site_agent.config.known_keys import (
    LOG_SHIPPING_KEYS,
    OFFERING_KEYS,
    REMOVAL_LIMITS_KEYS,
    ROOT_KEYS,
)
from waldur_site_agent.plugins import configured
from waldur_site_agent.plugins.schemas import configuration_schema

if TYPE_CHECKING:
    from pathlib import Path

WHOLE_SITE = """\
sentry_dsn: https://key@sentry.example.org/1
elastic_apm_server_url: https://apm.example.org:8200
timezone: Europe/Tallinn
global_proxy: http://proxy.example.org:3128
ca_bundle: FOLDER
waldur_timeout_seconds: 30
log_level: INFO
http_host: 127.0.0.1
http_port: 9100
reporting_periods: 3
api_key_final_report_days: 5
expose_backend_error_details: false
log_shipping:
  enabled: true
  ship_interval_seconds: 30
  buffer_size_mb: 2
  log_level: ERROR
offerings:
  - &cluster
    name: HPC cluster
    waldur_api_url: https://waldur.example.org/api/
    waldur_api_token: token-of-the-agent
    waldur_offering_uuid: d629d5e4-5567-425d-a9cd-bdc1af67b32c
    backend_type: slurm
    order_processing_backend: slurm
    membership_sync_backend: slurm
    reporting_backend: slurm
    username_management_backend: base
    stomp_enabled: true
    stomp_membership_sync_enabled: false
    websocket_use_tls: true
    stomp_ws_host: events.example.org
    stomp_ws_port: 443
    stomp_ws_path: /rmqws-stomp
    resource_import_enabled: true
    username_reconciliation_enabled: true
    preserve_unmanaged_backend_users: true
    protected_users: [root, svc-*]
    removal_limits:
      resource_number: 3
      resource_share: 0.3
      offering_number: 10
      offering_share: 0.1
    limits_owner: waldur
    omit_anomalous_usage_components: true
    verify_ssl: true
    ca_bundle: FOLDER
    backend_settings: &settings
      default_account: root
      customer_prefix: hpc_
      project_prefix: hpc_
      allocation_prefix: hpc_
      cluster_name: big
      qos_downscaled: limited
      qos_paused: paused
      qos_default: normal
      check_backend_id_uniqueness: true
      check_all_offerings: true
      backend_id_max_retries: 10
      soft_delete: true
      default_homedir_umask: "0077"
      enable_user_homedir_account_creation: true
      homedir_base_path: /home
      homedir_quota:
        provider: xfs
        mount_point: /home
        block_softlimit: 10G
        block_hardlimit: 12G
        inode_softlimit: 100000
        inode_hardlimit: 120000
      periodic_limits:
        enabled: true
        limit_type: GrpTRESMins
      target_api_url: https://other.example.org/api/
      target_api_token: token-of-the-other
    backend_components:
      cpu:
        measured_unit: k-Hours
        unit_factor: 60000
        unit_factor_reporting: 60000
        accounting_type: limit
        label: CPU
        limit: 10
        description: Processors
        min_value: 1
        max_value: 1000
        max_available_limit: 10000
        default_limit: 10
        limit_period: annual
        article_code: HPC-CPU
        is_boolean: false
        is_prepaid: true
        min_prepaid_duration: 1
        max_prepaid_duration: 12
        prepaid_duration_step: 1
        min_renewal_duration: 1
        max_renewal_duration: 12
        renewal_duration_step: 1
      gres/gpu:
        measured_unit: GPU-Hours
        unit_factor: 60
        accounting_type: usage
        label: GPU
  - <<: *cluster
    name: Second cluster
    waldur_offering_uuid: 00000000-5567-425d-a9cd-bdc1af67b32c
    waldur_api_token: ""
    oidc_token_url: https://idp.example.org/token
    oidc_client_id: agent
    oidc_client_secret: secret-of-the-agent
    backend_settings:
      <<: *settings
      cluster_name: small
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(WHOLE_SITE.replace("FOLDER", str(tmp_path)))
    path.chmod(0o600)
    return path


def test_nothing_is_wrong_with_it(path: Path) -> None:
    loaded = configured.load(path)

    assert loaded.problems == ()
    assert [one.name for one in loaded.usable_offerings] == ["HPC cluster", "Second cluster"]
    assert loaded.usable_offerings[1].backend_settings["cluster_name"] == "small"


def test_every_key_is_in_it() -> None:
    root: dict[str, Any] = yaml.safe_load(WHOLE_SITE)
    first, second = root["offerings"]

    assert set(root) == ROOT_KEYS
    assert set(root["log_shipping"]) == LOG_SHIPPING_KEYS
    assert set(first) | set(second) == OFFERING_KEYS
    assert set(first["removal_limits"]) == REMOVAL_LIMITS_KEYS
    assert set(first["backend_settings"]) >= CORE_KEYS
    assert set(first["backend_components"]["cpu"]) == set(BackendComponent.model_fields)


def test_the_schema_agrees() -> None:
    schema, errors = configuration_schema()

    assert errors == ()
    jsonschema.validate(yaml.safe_load(WHOLE_SITE), schema)


def test_a_site_of_an_older_agent_starts_with_a_warning(path: Path) -> None:
    path.write_text(f"mqtt_enabled: true\n{path.read_text()}")

    loaded = configured.load(path)

    (warning,) = loaded.problems
    assert (warning.key, warning.severity) == ("mqtt_enabled", "warning")
    assert len(loaded.usable_offerings) == len(loaded.configuration.offerings)
