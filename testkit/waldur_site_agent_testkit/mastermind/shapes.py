"""The types of JSON, as bodies and free-form fields hold them."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
Object: TypeAlias = dict[str, JSON]
Limits: TypeAlias = Mapping[str, float]
"""Component type to amount, in Waldur units."""
