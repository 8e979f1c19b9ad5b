"""An offering's settings as its plugin gets them: held to the plugin's schemas, with defaults."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from waldur_site_agent.config.components import BackendComponent
from waldur_site_agent.config.core_settings import CORE_KEYS, core_settings
from waldur_site_agent.config.expectations import findings_of
from waldur_site_agent.config.findings import Finding
from waldur_site_agent.config.known_keys import keys_of, unknown_key
from waldur_site_agent.config.problems import Severity
from waldur_site_agent.plugins.enforcing import Enforced, enforce
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.loading import Schemas, load_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import BaseModel

    from waldur_site_agent.config.findings import KeyPath
    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.config.source import Source

SETTINGS = "backend_settings"
COMPONENTS = "backend_components"
QUOTA = "homedir_quota"
SHARED_BLOCKS = frozenset({"periodic_limits", QUOTA})
"""Core keys with keys of a plugin's in them: they reach the plugin as they were written."""

NEARLY_THE_SAME = 0.88


def effective_offering(
    offering: Offering, source: Source, path: KeyPath
) -> tuple[Offering, list[Finding]]:
    """Hold an offering's settings to the schemas of its backend type.

    Args:
        offering: as the core read it.
        source: the file.
        path: where the offering is in it.

    Returns:
        The offering with effective settings (as they were where they cannot be used), and what
        is wrong with them.
    """
    try:
        schemas = load_schemas(offering.backend_type)
        settings, findings = _settings(offering, schemas, source, (*path, SETTINGS))
        components, more = _components(offering, schemas, source, (*path, COMPONENTS))
    except PluginError as error:
        return offering, [
            Finding(
                path=(*path, "backend_type"),
                found=error.found,
                expected=error.expected,
                hint=error.hint,
            )
        ]
    return offering.with_effective(settings=settings, components=components), findings + more


def _settings(
    offering: Offering, schemas: Schemas, source: Source, path: KeyPath
) -> tuple[dict[str, Any], list[Finding]]:
    written = offering.backend_settings
    schema_keys = keys_of(schemas.settings) if schemas.settings else frozenset()
    core_only = CORE_KEYS - schema_keys
    shown = {key: value for key, value in written.items() if key not in core_only}
    enforced = _enforce(schemas.settings, shown)
    findings = list(_findings(enforced, schemas.settings, source, path, also=CORE_KEYS))
    findings += _quota_findings(written, source, path)
    findings += _misspelt(enforced, shown, path, known=CORE_KEYS | schema_keys)
    core = {key: value for key, value in written.items() if key in core_only}
    return enforced.values | core | _as_the_core_reads(core), findings


def _as_the_core_reads(core: Mapping[str, Any]) -> dict[str, Any]:
    """Bring core keys that are set into their types, such as ``"false"`` into false."""
    try:
        read = core_settings(core).model_dump(exclude_unset=True)
    except ValidationError:
        return {}  # told where the file was read
    return {key: value for key, value in read.items() if key not in SHARED_BLOCKS}


def _components(
    offering: Offering, schemas: Schemas, source: Source, path: KeyPath
) -> tuple[dict[str, BackendComponent], list[Finding]]:
    effective: dict[str, BackendComponent] = {}
    findings: list[Finding] = []
    core = frozenset(BackendComponent.model_fields)
    schema_keys = keys_of(schemas.component) if schemas.component else frozenset()
    for name, component in offering.backend_components.items():
        place = (*path, name)
        declared = _as_written(component, schema_keys & core)
        written = {**component.plugin_keys, **declared}
        enforced = _enforce(schemas.component, written)
        findings += _findings(enforced, schemas.component, source, place, also=core)
        findings += _misspelt(enforced, written, place, known=core | schema_keys)
        own = {key: value for key, value in enforced.values.items() if key not in core}
        effective[name] = component.with_plugin_keys(own)
    return effective, findings


def _as_written(component: BackendComponent, keys: frozenset[str]) -> dict[str, Any]:
    """What is set of the core's keys that a plugin's schema speaks of as well."""
    return {key: value for key, value in component.to_dict().items() if key in keys}


def _enforce(schema: type[BaseModel] | None, values: dict[str, Any]) -> Enforced:
    if schema is None:
        return Enforced(values=values)
    try:
        return enforce(schema, values)
    except Exception as error:
        # A plugin's validators run its own code: what is no ValueError comes out as it is.
        raise PluginError(
            f"the settings schema {schema.__module__}.{schema.__qualname__} fails: "
            f"{type(error).__name__}",
            expected="settings that it can read",
        ) from error


def _findings(
    enforced: Enforced,
    schema: type[BaseModel] | None,
    source: Source,
    path: KeyPath,
    *,
    also: frozenset[str],
) -> Iterator[Finding]:
    yield from findings_of(enforced.errors, source, path)
    known = (keys_of(schema) if schema else frozenset()) | also
    for key in enforced.unknown:
        # What is known inside a block is the plugin's business.
        yield unknown_key((*path, *key), known if len(key) == 1 else frozenset())


def _misspelt(
    enforced: Enforced, written: Mapping[str, Any], path: KeyPath, *, known: Iterable[str]
) -> Iterator[Finding]:
    """Point at keys that a plugin allows, but that look like one that it or the core knows."""
    candidates = sorted(known)
    for key in written:
        if not isinstance(key, str) or key in candidates or (key,) in enforced.unknown:
            continue
        near = get_close_matches(key, candidates, n=1, cutoff=NEARLY_THE_SAME)
        if near:
            yield Finding(
                path=(*path, key),
                found="a key that only the plugin can know",
                hint=f'Did you mean "{near[0]}"?',
                severity=Severity.WARNING,
                fails_check=False,
            )


def _quota_findings(
    settings: Mapping[str, Any], source: Source, path: KeyPath
) -> Iterator[Finding]:
    quota = settings.get(QUOTA)
    if quota is None:
        return
    from waldur_site_agent.backend.quota_settings import (  # noqa: PLC0415 - few have quotas
        HomedirQuotaConfig,
    )

    try:
        HomedirQuotaConfig.model_validate(quota)
    except ValidationError as error:
        yield from findings_of(error.errors(include_url=False), source, (*path, QUOTA))
