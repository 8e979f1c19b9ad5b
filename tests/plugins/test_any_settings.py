"""Whatever is written for a plugin: an offering that is usable or told, never an exception."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from waldur_site_agent.config.core_settings import CORE_KEYS
from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.plugins.configured import Configured
from waldur_site_agent.plugins.schemas import installed_schemas
from waldur_site_agent.plugins.showing import shown

SCHEMAS, _ = installed_schemas()
SLURM = SCHEMAS["slurm"].settings
KEYS = sorted(CORE_KEYS | frozenset(SLURM.model_fields if SLURM else ()))

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.dates()
    | st.sampled_from(["rest", "common", "root", "0077", "https://x", "ceph_xattr", "GrpTRES"])
)
keys = st.sampled_from([*KEYS, "url", "enabled", "provider", "max_bytes"]) | st.text(max_size=4)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3)
)
names = st.sampled_from(["slurm", "slrum", "", "base"])


def loaded(site: Any, offering: dict[str, Any]) -> Configured | ConfigurationError:
    try:
        result: Configured = site.load(offering)
    except ConfigurationError as error:
        return error
    return result


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    written=st.dictionaries(keys, values, max_size=5),
    component=st.dictionaries(st.sampled_from(["label", "limit", "target_components"]), values),
    name=names,
)
def test_any_settings(
    site: Any, written: dict[str, Any], component: dict[str, Any], name: str
) -> None:
    cpu = {"measured_unit": "h", "accounting_type": "limit", "label": "CPU", **component}

    result = loaded(
        site,
        {
            "backend_type": "slurm",
            "order_processing_backend": name,
            "backend_settings": written,
            "backend_components": {"cpu": cpu},
        },
    )

    match result:
        case ConfigurationError(problems=problems):
            assert problems
        case Configured():
            assert len(result.usable_offerings) + len(result.unusable) == 1
            assert yaml.safe_dump(shown(result))
            assert json.dumps(shown(result))
