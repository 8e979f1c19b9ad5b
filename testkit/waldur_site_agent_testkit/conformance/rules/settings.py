"""A plugin's settings schema takes what works, and names what cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.config.core_settings import CORE_KEYS
from waldur_site_agent.plugins.enforcing import Enforced, enforce
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.capabilities import SETTINGS
from waldur_site_agent_testkit.conformance.rule import rule
from waldur_site_agent_testkit.conformance.subject import Facet

if TYPE_CHECKING:
    from waldur_site_agent_testkit.conformance.stage import Stage


@rule(SETTINGS, promise=8, needs=(Facet.SETTINGS_SCHEMA,))
def settings_that_work_are_taken(stage: Stage) -> None:
    """The schema takes the settings with which the backend is tested, and knows all their keys."""
    enforced = _enforce(stage, {})
    expect.equal([e["msg"] for e in enforced.errors], [], "what the schema says of good settings")
    expect.equal(list(enforced.unknown), [], "keys that the schema does not know")


@rule(SETTINGS, promise=8, needs=(Facet.SETTINGS_SCHEMA, Facet.WRONG_SETTINGS))
def wrong_settings_are_named(stage: Stage) -> None:
    """A value that a setting cannot have is refused, with the setting's name and the reason."""
    for key, value in stage.subject.wrong_settings.items():
        errors = _enforce(stage, {key: value}).errors
        named = [error for error in errors if error["loc"][:1] == (key,)]
        expect.true(named, f"{key}: {value!r} is not refused under its name, but {errors!r}")
        expect.true(all(e["msg"].strip() for e in named), f"why {key} is refused is not said")


def _enforce(stage: Stage, wrong: dict[str, object]) -> Enforced:
    schema = stage.subject.settings_schema
    if schema is None:
        raise LookupError("a rule about settings needs the facet settings_schema")
    settings = stage.subject.backend().backend_settings
    core_only = CORE_KEYS - schema.model_fields.keys()
    own = {key: value for key, value in settings.items() if key not in core_only}
    return enforce(schema, {**own, **wrong})
