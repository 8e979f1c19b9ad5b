"""Rules about more than one key, checked on the file itself so that they are told with the rest."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from waldur_site_agent.config.credentials import credentials_mistake
from waldur_site_agent.config.findings import Finding, describe
from waldur_site_agent.config.problems import Severity
from waldur_site_agent.config.source import OFFERINGS, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.config.findings import KeyPath
    from waldur_site_agent.config.source import Source

OIDC_KEYS = ("oidc_token_url", "oidc_client_id", "oidc_client_secret")
EXCLUSIVE_ROLES = ("order_processing_backend", "membership_sync_backend", "reporting_backend")


def broken_rules(source: Source) -> Iterator[Finding]:
    """Check all the rules; the tree's root is a mapping."""
    offerings = list(_offerings(source.tree))
    if source.tree.get(OFFERINGS) == []:
        yield _advice((OFFERINGS,), "an empty list", "an offering to work on")
    yield from _missing_file(source, ("ca_bundle",), source.tree.get("ca_bundle"))
    for path, offering in offerings:
        yield from _credentials(path, offering)
        yield from _uuid(path, offering)
        yield from _members_by_nobody(path, offering)
        yield from _policies_unheard(path, offering)
        yield from _missing_file(source, (*path, "ca_bundle"), offering.get("ca_bundle"))
    yield from _same_names(offerings)
    yield from _same_work(offerings)
    yield from _secrets_for_everybody(source)


def _offerings(tree: dict[Any, Any]) -> Iterator[tuple[KeyPath, dict[Any, Any]]]:
    offerings = tree.get(OFFERINGS)
    for position, offering in enumerate(offerings if isinstance(offerings, list) else []):
        if isinstance(offering, dict):
            yield (OFFERINGS, position), offering


def _credentials(path: KeyPath, offering: dict[Any, Any]) -> Iterator[Finding]:
    values = {key: _stripped(offering.get(key)) for key in OIDC_KEYS}
    mistake = credentials_mistake(token=_stripped(offering.get("waldur_api_token")), oidc=values)
    if mistake:
        yield Finding(path=path, expected=mistake)


def _uuid(path: KeyPath, offering: dict[Any, Any]) -> Iterator[Finding]:
    uuid = offering.get("waldur_offering_uuid")
    if isinstance(uuid, str) and uuid.strip() and _as_uuid(uuid) is None:
        yield Finding(
            path=(*path, "waldur_offering_uuid"),
            found=describe(uuid),
            expected="a UUID: 32 hexadecimal digits, with or without dashes",
            hint="Waldur will not find the offering.",
            severity=Severity.WARNING,
            spoils_offering=True,
        )


def _members_by_nobody(path: KeyPath, offering: dict[Any, Any]) -> Iterator[Finding]:
    if offering.get("stomp_membership_sync_enabled") is True and not offering.get("stomp_enabled"):
        yield Finding(
            path=(*path, "stomp_membership_sync_enabled"),
            found="true without stomp_enabled",
            expected="both or neither",
            hint="Members are synchronised by nothing this way.",
            severity=Severity.WARNING,
        )


def _policies_unheard(path: KeyPath, offering: dict[Any, Any]) -> Iterator[Finding]:
    settings = offering.get("backend_settings")
    periodic = settings.get("periodic_limits") if isinstance(settings, dict) else None
    is_enabled = isinstance(periodic, dict) and periodic.get("enabled") is True
    if is_enabled and not offering.get("stomp_enabled"):
        yield Finding(
            path=(*path, "backend_settings", "periodic_limits", "enabled"),
            found="true without stomp_enabled",
            expected="both or neither",
            hint="Only events tell what policies set, so none of it is applied this way.",
            severity=Severity.WARNING,
        )


def _missing_file(source: Source, path: KeyPath, name: object) -> Iterator[Finding]:
    if isinstance(name, str) and name and path not in source.yaml.unresolved:
        try:
            there = os.access(name, os.R_OK)
        except ValueError:  # a NUL in the path
            there = False
        if not there:
            yield Finding(
                path=path, found=describe(name), expected="a file or folder that can be read"
            )


def _same_names(offerings: list[tuple[KeyPath, dict[Any, Any]]]) -> Iterator[Finding]:
    first: dict[str, KeyPath] = {}
    for path, offering in offerings:
        name = _stripped(offering.get("name"))
        if not isinstance(name, str) or not name:
            continue
        if name in first:
            yield _advice(
                (*path, "name"),
                f"the name of {dotted(first[name])} again",
                "another name, so that messages tell them apart",
            )
        first.setdefault(name, path)


def _same_work(offerings: list[tuple[KeyPath, dict[Any, Any]]]) -> Iterator[Finding]:
    """Two blocks that do the same for one offering would work against each other."""
    first: dict[tuple[object, ...], KeyPath] = {}
    shared: defaultdict[KeyPath, list[str]] = defaultdict(list)
    others: dict[KeyPath, KeyPath] = {}
    for path, offering in offerings:
        uuid = _as_uuid(offering.get("waldur_offering_uuid"))
        url = str(offering.get("waldur_api_url")).strip().rstrip("/").lower()
        for role in EXCLUSIVE_ROLES if uuid else ():
            if not _stripped(offering.get(role)):
                continue
            other = first.setdefault((url, uuid, role), path)
            if other != path:
                shared[path].append(role)
                others[path] = other
    for path, roles in shared.items():
        yield Finding(
            path=(*path, "waldur_offering_uuid"),
            found=f"the offering of {dotted(others[path])} again, both with {' and '.join(roles)}",
            expected="each of these in one of the two blocks only",
        )


def _secrets_for_everybody(source: Source) -> Iterator[Finding]:
    secrets = source.inline_secrets() if source.world_readable else []
    if secrets:
        yield _advice(
            secrets[0],
            f"{len(secrets)} secret(s) in a file that everybody on the machine can read",
            "a file that only the agent can read",
            f"Run chmod 600 {source.file}, or write !file, !env or !credential instead.",
        )


def _advice(path: KeyPath, found: str, expected: str, hint: str = "") -> Finding:
    return Finding(
        path=path,
        found=found,
        expected=expected,
        hint=hint,
        severity=Severity.WARNING,
        fails_check=False,
    )


def _as_uuid(value: object) -> UUID | None:
    try:
        return UUID(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value
