"""Whatever is in the file: settings or a ConfigurationError, never anything else."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from waldur_site_agent.config.core_settings import CORE_KEYS
from waldur_site_agent.config.known_keys import LOG_SHIPPING_KEYS, OFFERING_KEYS, ROOT_KEYS
from waldur_site_agent.config.load import Loaded, load
from waldur_site_agent.config.problems import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

many_inputs_one_file = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.binary(max_size=4)
    | st.sampled_from(["slurm", "https://waldur.example.org/api/", "UTC", "limit", "INFO", "0077"])
)
keys = st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=5)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
)


def mappings(known: frozenset[str], **inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mappings with keys that the agent knows, or not, and any values."""
    usual = {key: inner.get(key, values) | values for key in sorted(known)}
    return st.fixed_dictionaries({}, optional=usual) | st.dictionaries(keys, values, max_size=3)


component = mappings(frozenset({"measured_unit", "accounting_type", "label", "limit"}))
offering = mappings(
    OFFERING_KEYS,
    backend_settings=mappings(CORE_KEYS),
    backend_components=st.dictionaries(keys, component, max_size=2),
)
configuration = mappings(
    ROOT_KEYS,
    offerings=st.lists(offering, max_size=2),
    log_shipping=mappings(LOG_SHIPPING_KEYS),
)

SNIPPETS = [
    "offerings:", "- ", "\n", "  ", "\t", ": ", "{", "}", "[", "]", "&a ", "*a", "<<: ", "!env ",
    "!file ", "!credential ", "!!set ", "!!int ", "!!binary ", "'", '"', "|\n", "? ", "#", "---\n",
    "name", "backend_settings", "1", "1:2", "2001-01-01", "0x", "~", "=", "\\x00", "%YAML 1.1\n",
]  # fmt: skip
yaml_like = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=3)).map("".join)


def loaded(path: Path) -> Loaded | ConfigurationError:
    try:
        return load(path)
    except ConfigurationError as error:
        return error


def settings_or_problems(path: Path) -> None:
    match loaded(path):
        case ConfigurationError(problems=problems):
            assert problems
            assert all(problem.file == str(path) and str(problem) for problem in problems)
        case Loaded(configuration=configuration):
            assert isinstance(configuration.offerings, tuple)


@many_inputs_one_file
@given(content=st.binary(max_size=60) | yaml_like.map(str.encode))
def test_any_bytes(site: Any, content: bytes) -> None:
    settings_or_problems(site.write(content))


@many_inputs_one_file
@given(tree=configuration | values)
def test_any_values(site: Any, tree: object) -> None:
    settings_or_problems(site.write(yaml.safe_dump(tree)))


@many_inputs_one_file
@given(tree=values)
def test_values_are_read_as_yaml_reads_them(site: Any, tree: object) -> None:
    """Beside lines and tags, the file means what PyYAML's own loader says."""
    written = yaml.safe_dump({"offerings": [], "probe": tree})
    with suppress(ConfigurationError):  # such as keys that are 1 and true at once
        assert repr(load(site.write(written)).source.tree) == repr(yaml.safe_load(written))
