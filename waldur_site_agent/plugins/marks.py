"""Which settings a plugin's schemas mark as secret: ``Field(json_schema_extra=SECRET)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from waldur_site_agent.config.secrets import worth_redacting
from waldur_site_agent.config.source import secret_paths, value_at
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.plugins.loading import load_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

    from waldur_site_agent.config.findings import KeyPath
    from waldur_site_agent.config.models import Offering

Models = frozenset[type[BaseModel]]


def marked_in_offering(offering: Offering) -> Iterator[KeyPath]:
    """Paths from the offering on, by the schemas of its backend type as far as they load."""
    try:
        schemas = load_schemas(offering.backend_type)
    except PluginError:
        return
    if schemas.settings:
        yield from marked(schemas.settings, offering.backend_settings, ("backend_settings",))
    if schemas.component:
        for name, component in offering.backend_components_dict.items():
            yield from marked(schemas.component, component, ("backend_components", name))


def secrets_of(offering: Offering) -> frozenset[str]:
    """All the secrets that a plugin gets with an offering, as they may stand in its messages."""
    tree = {
        "waldur_api_token": offering.waldur_api_token,
        "oidc_client_secret": offering.oidc_client_secret,
        "backend_settings": offering.backend_settings,
        "backend_components": offering.backend_components_dict,
    }
    paths = secret_paths(tree, marked_in_offering(offering))
    return worth_redacting([value_at(tree, path) for path in paths])


def marked(
    model: type[BaseModel], values: Mapping[str, Any], path: KeyPath = ()
) -> Iterator[KeyPath]:
    """Paths of the values whose fields are marked, at every depth.

    Args:
        model: the schema of ``values``.
        values: as they are written, or as the schema reads them.
        path: where ``values`` is.
    """
    yield from _below(frozenset({model}), values, path)


def _below(models: Models, value: object, path: KeyPath) -> Iterator[KeyPath]:
    """Look into a value that is one of the models, or a list or mapping of them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _at_key(models, key, item, (*path, key))
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield from _below(models, item, (*path, position))


def _at_key(models: Models, key: object, item: object, path: KeyPath) -> Iterator[KeyPath]:
    fields = [field for model in models for field in _fields_of(model, key)]
    if any(_is_marked(field) for field in fields):
        yield path
    elif fields:
        yield from _below(frozenset[type[BaseModel]]().union(*map(_models_of, fields)), item, path)
    else:
        yield from _below(models, item, path)


def _fields_of(model: type[BaseModel], key: object) -> Iterator[FieldInfo]:
    """The field that a key is for, by its name or its alias."""
    for name, field in model.model_fields.items():
        if key in (name, field.alias, field.validation_alias):
            yield field


def _is_marked(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("secret"))


def _models_of(field: FieldInfo) -> Models:
    return frozenset(_models_in(field.annotation))


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models in ``Model | None``, ``list[Model]``, ``dict[str, Model]`` and so on."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
