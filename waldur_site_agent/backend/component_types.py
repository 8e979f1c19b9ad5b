"""How an offering's components reach a plugin."""

from __future__ import annotations

from typing import Any, TypeAlias

Component: TypeAlias = dict[str, Any]
"""One component's settings as plain values: ``unit_factor`` (float), ``limit`` (float),
``accounting_type`` (``usage``, ``limit`` or ``one``), ``measured_unit``, ``label`` and whatever
else the operator wrote. Only what was set is there."""

Components: TypeAlias = dict[str, Component]
"""Components by name. The values are Any because plugins define keys of their own."""
