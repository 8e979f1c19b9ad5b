"""A plugin's settings schemas: held to, with their defaults, and their secrets hidden."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field

from waldur_site_agent.config.problems import ConfigurationError
from waldur_site_agent.plugins import configured as rooms
from waldur_site_agent.plugins.marks import marked
from waldur_site_agent.plugins.showing import shown

SCHEMAS = """
    from typing import Literal
    from pydantic import BaseModel, Field, field_validator
    from waldur_site_agent.config.plugin_schemas import (
        PluginBackendSettingsSchema, PluginComponentSchema, TargetComponentConfig,
    )

    class Mail(BaseModel):
        host: str
        port: int = 25
        code: str = Field(default="", json_schema_extra={"secret": True})

    class Limits(BaseModel):
        soft: int | None = None
        hard: int = 5

    class Settings(PluginBackendSettingsSchema):
        limits: Limits = Limits()
        url: str
        policy: Literal["common", "individual"] = "common"
        retries: int = Field(default=3, ge=1)
        label: str | None = None
        card: int = Field(default=0, json_schema_extra={"secret": True})
        mail: Mail | None = None
        mails: list[Mail] = []
        by_site: dict[str, Mail] = {}

        @field_validator("url")
        @classmethod
        def _web(cls, value):
            if value == "explode":
                raise RuntimeError("secret details")
            if not value.startswith("https://"):
                raise ValueError("only https:// is safe")
            return value

    class Component(PluginComponentSchema):
        target_components: dict[str, TargetComponentConfig] = {}
        colour: str = "blue"
        accounting_type: Literal["limit", "usage"]
        unit_factor: float = Field(default=9.0, gt=0)
"""
CPU = {"measured_unit": "k-Hours", "accounting_type": "limit", "label": "CPU"}
URL = {"url": "https://cloud.example.org"}


@pytest.fixture
def site(distributions: Any, site: Any) -> Any:
    distributions.install(
        SCHEMAS, settings_schemas={"demo": "Settings"}, component_schemas={"demo": "Component"}
    )
    return site


@pytest.fixture
def load(site: Any) -> Any:
    """Loads offering A of the type ``demo`` beside B of a type without a schema."""

    def load(settings: dict[str, Any], **component: Any) -> Any:
        offering = {
            "backend_type": "Demo",
            "backend_settings": settings,
            "backend_components": {"cpu": {**CPU, **component}},
        }
        return site.load(offering, {"backend_settings": {"anything": 1}})

    return load


def problem(configured: Any) -> Any:
    """The only thing that is wrong with A; B works on."""
    assert [one.name for one in configured.usable_offerings] == ["B"]
    ((name, (only,)),) = configured.unusable.items()
    assert name == "A"
    return only


def test_defaults_reach_the_plugin_except_none(load: Any) -> None:
    offering = load({**URL, "mail": {"host": "mx"}}).usable_offerings[0]

    assert offering.backend_settings == {
        **URL,
        "limits": {"hard": 5},
        "policy": "common",
        "retries": 3,
        "card": 0,
        "mail": {"host": "mx", "port": 25, "code": ""},
        "mails": [],
        "by_site": {},
    }


def test_values_reach_the_plugin_as_the_schema_reads_them(load: Any) -> None:
    offering = load({**URL, "retries": "7"}).usable_offerings[0]

    assert offering.backend_settings["retries"] == 7


def test_components_get_defaults_too(load: Any) -> None:
    offering = load(URL, target_components={"gpu": {}}).usable_offerings[0]

    assert offering.backend_components_dict == {
        "cpu": {**CPU, "target_components": {"gpu": {"factor": 1.0}}, "colour": "blue"}
    }


def test_without_a_schema_everything_stays_as_it_was_written(load: Any) -> None:
    assert load(URL).usable_offerings[1].backend_settings == {"anything": 1}


def test_keys_of_the_core_are_always_allowed_and_typed(load: Any) -> None:
    core = {"soft_delete": "yes", "allocation_prefix": "hpc_", "periodic_limits": {"own": 1}}

    configured = load({**URL, **core})

    assert configured.problems == ()
    assert core["soft_delete"] == "yes"
    settings = configured.usable_offerings[0].backend_settings
    assert {key: settings[key] for key in core} == {**core, "soft_delete": True}


@pytest.mark.parametrize(
    ("settings", "key", "expected"),
    [
        ({}, "url", "a value: the key is required"),
        ({**URL, "policy": "comon"}, "policy", "'common' or 'individual'"),
        ({**URL, "retries": 0}, "retries", "a number of at least 1"),
        ({**URL, "mail": {"host": 5}}, "mail.host", "text"),
        ({**URL, "mails": [{"host": "a"}, {"port": 1}]}, "mails[1].host",
         "a value: the key is required"),
        ({"url": "http://x"}, "url", "something else"),
    ],
)  # fmt: skip
def test_a_violation_makes_the_offering_unusable(
    load: Any, settings: dict[str, Any], key: str, expected: str
) -> None:
    told = problem(load(settings))

    assert (told.key, told.expected) == (f"backend_settings.{key}", expected)
    assert told.line is not None


def test_a_validators_own_words_are_the_hint(load: Any) -> None:
    assert problem(load({"url": "http://x"})).hint == "only https:// is safe"


def test_a_component_that_the_plugin_refuses(load: Any) -> None:
    told = problem(load(URL, target_components={"gpu": {"factor": 0}}))

    assert told.key == "backend_components.cpu.target_components.gpu.factor"
    assert told.expected == "a number above 0.0"


@pytest.mark.parametrize(("key", "value"), [("accounting_type", "one"), ("unit_factor", 0)])
def test_a_schema_may_say_what_a_key_of_the_cores_has_to_be(
    load: Any, key: str, value: object
) -> None:
    told = problem(load(URL, **{key: value}))

    assert told.key == f"backend_components.cpu.{key}"
    assert told.line is not None


def test_a_key_of_the_cores_keeps_the_cores_default(load: Any) -> None:
    component = load(URL).usable_offerings[0].backend_components["cpu"]

    assert component.unit_factor == 1.0
    assert load(URL, unit_factor=3).usable_offerings[0].backend_components["cpu"].unit_factor == 3


def test_a_schema_that_fails_by_itself(load: Any) -> None:
    told = problem(load({"url": "explode"}))

    assert told.key == "backend_type"
    assert told.found.startswith("the settings schema demo_plugin_")
    assert told.found.endswith(".Settings fails: RuntimeError")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import not_there_at_all", "does not load: ModuleNotFoundError"),
        ("class Settings: pass", "is no settings schema: it is the class Settings"),
    ],
)
def test_a_schema_that_is_none(distributions: Any, site: Any, source: str, said: str) -> None:
    name = distributions.install(source, settings_schemas={"bad": "Settings"})

    told = problem(site.load({"backend_type": "bad"}, {}))

    assert told.key == "backend_type"
    assert name in told.found
    assert said in told.found


def test_unknown_keys_are_warned_about_and_kept(load: Any) -> None:
    configured = load({**URL, "retrys": 1, "allocaton_prefix": "x"}, colur="red")

    told = {warning.key: warning.hint for warning in configured.warnings}
    assert told == {
        "backend_settings.retrys": 'Did you mean "retries"?',
        "backend_settings.allocaton_prefix": 'Did you mean "allocation_prefix"?',
        "backend_components.cpu.colur": 'Did you mean "colour"?',
    }
    assert all(warning.fails_check for warning in configured.warnings)
    assert configured.usable_offerings[0].backend_settings["retrys"] == 1
    assert configured.usable_offerings[0].backend_components_dict["cpu"]["colur"] == "red"


def test_keys_that_look_like_the_cores_are_advised_on_without_a_schema(site: Any) -> None:
    (advice,) = site.load({"backend_settings": {"alocation_prefix": "x", "own": 1}}).warnings

    assert advice.hint == 'Did you mean "allocation_prefix"?'
    assert not advice.fails_check


def test_a_quota_is_looked_at_whatever_the_plugin(site: Any) -> None:
    told = problem(site.load({"backend_settings": {"homedir_quota": {"provider": "zfs"}}}, {}))

    assert told.key == "backend_settings.homedir_quota.provider"


def test_mistakes_of_core_and_plugins_are_told_together(site: Any) -> None:
    site.write(
        {"backend_type": "demo", "stomp_ws_port": 0, "backend_settings": {"retries": 0}},
        {"order_processing_backend": "missing"},
    )

    with pytest.raises(ConfigurationError) as caught:
        rooms.load(site.path)

    assert [(p.offering, p.key) for p in caught.value.problems] == [
        ("A", "stomp_ws_port"),
        ("A", "backend_settings.url"),
        ("A", "backend_settings.retries"),
        ("B", "order_processing_backend"),
    ]


def test_a_plugins_mistakes_are_told_where_the_token_is_missing(site: Any) -> None:
    site.write({"backend_type": "demo", "waldur_api_token": "", "backend_settings": {}})

    with pytest.raises(ConfigurationError) as caught:
        rooms.load(site.path)

    assert [p.key for p in caught.value.problems] == ["", "backend_settings.url"]


WITH_THE_OLD_IMPORTS = """
    from pydantic import Field
    from waldur_site_agent.common.plugin_schemas import SECRET, HomedirSettingsSchema

    class Settings(HomedirSettingsSchema):
        lock: str = Field(json_schema_extra=SECRET)
"""


def test_schemas_with_the_imports_and_bases_of_the_1x_agent(distributions: Any, site: Any) -> None:
    distributions.install(WITH_THE_OLD_IMPORTS, settings_schemas={"old": "Settings"})

    configured = site.load({"backend_type": "old", "backend_settings": {"lock": "hush-hush"}})

    assert configured.problems == ()
    assert shown(configured)["offerings"][0]["backend_settings"] == {
        "lock": "***",
        "enable_user_homedir_account_creation": True,
        "default_homedir_umask": "0077",
    }


HIDDEN_MAIL = {"host": "mx", "port": 25, "code": "***"}


def test_marked_secrets_are_hidden_at_every_depth(load: Any) -> None:
    mail = {"host": "mx", "code": "hush-hush"}

    settings = shown(
        load({**URL, "card": 12345678, "mail": mail, "mails": [mail], "by_site": {"x": mail}})
    )["offerings"][0]["backend_settings"]

    assert (settings["card"], settings["mail"]) == ("***", HIDDEN_MAIL)
    assert (settings["mails"], settings["by_site"]) == ([HIDDEN_MAIL], {"x": HIDDEN_MAIL})


def test_a_wrong_value_of_a_marked_secret_is_not_told(load: Any) -> None:
    told = problem(load({**URL, "card": "hush-hush"}))

    assert told.found == "a value that is not shown"
    assert "hush" not in str(told)


class Inner(BaseModel):
    code: str = Field("", alias="theCode", json_schema_extra={"secret": True})
    again: list[Inner] | None = None


def test_marks_are_found_by_alias_and_in_models_that_hold_themselves() -> None:
    values = {"theCode": "a", "again": [{"code": "b"}, {"again": None}, "text"]}

    assert set(marked(Inner, values)) == {("theCode",), ("again", 0, "code")}
