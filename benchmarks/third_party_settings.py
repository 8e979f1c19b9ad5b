"""Settings with which published plugins of the 1.x agent start: enough of them, and no system.

A start asks no backend, so that nothing has to listen at the address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOBODY = "http://127.0.0.1:9"
KUBECONFIG = "kubeconfig"
"""In the folder in which the agent starts."""
KEYCLOAK = {
    "keycloak_enabled": True,
    "keycloak": {
        "keycloak_url": f"{NOBODY}/",
        "keycloak_realm": "site",
        "keycloak_username": "agent",
        "keycloak_password": "hush",
    },
}
WAREHOUSE = {
    "cscs_dwdi_api_url": NOBODY,
    "cscs_dwdi_client_id": "agent",
    "cscs_dwdi_client_secret": "hush",
    "cscs_dwdi_oidc_token_url": NOBODY,
}
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "ceph_s3": {
        "flavour": "radosgw",
        "api_url": NOBODY,
        "admin_access_key": "agent",
        "admin_secret_key": "hush",
        "s3_endpoint": NOBODY,
    },
    "croit_usage": {"flavour": "croit", "api_url": NOBODY, "token": "hush"},
    "cscs-dwdi-compute": WAREHOUSE,
    "cscs-dwdi-inference": WAREHOUSE,
    "cscs-dwdi-storage": {
        **WAREHOUSE,
        "storage_filesystem": "lustre",
        "storage_data_type": "projects",
    },
    "digitalocean": {"token": "hush"},
    "envoy": {"namespace": "ai", "gateway_url": NOBODY, "kubeconfig_path": KUBECONFIG},
    "envoy-usage": {"api_url": NOBODY},
    "harbor": {"harbor_url": NOBODY, "robot_username": "agent", "robot_password": "hush"},
    "k8s-ut-namespace": {"kubeconfig_path": KUBECONFIG, **KEYCLOAK},
    "litellm": {"api_url": NOBODY, "api_token": "hush"},
    "litellm-usage": {"api_url": NOBODY, "api_token": "hush"},
    "nextcloud": {"nextcloud_url": NOBODY, "admin_username": "agent", "admin_password": "hush"},
    "okd": {"api_url": NOBODY, "token": "hush"},
    "opennebula": {"api_url": f"{NOBODY}/RPC2", "credentials": "agent:hush", **KEYCLOAK},
    "rancher": {
        "backend_url": NOBODY,
        "username": "agent",
        "password": "hush",
        "cluster_id": "c-m-1",
        **KEYCLOAK,
    },
    "rancher-kc-crd": {
        "waldur_api_url": NOBODY,
        "waldur_api_token": "hush",
        "kubeconfig_path": KUBECONFIG,
        "role_map": {"PROJECT.MEMBER": "member"},
    },
}
"""By the backend's entry point."""
LDAP = {
    "ldap": {
        "uri": "ldap://127.0.0.1:9",
        "bind_dn": "cn=agent,dc=example,dc=org",
        "bind_password": "hush",
        "base_dn": "dc=example,dc=org",
    }
}
"""Of the username backend of that name."""


def write_kubeconfig(path: Path) -> None:
    """Write a kubeconfig that leads nowhere."""
    path.write_text(f"""\
apiVersion: v1
kind: Config
current-context: example
clusters: [{{name: example, cluster: {{server: "{NOBODY}"}}}}]
users: [{{name: agent, user: {{token: hush}}}}]
contexts: [{{name: example, context: {{cluster: example, user: agent}}}}]
""")
