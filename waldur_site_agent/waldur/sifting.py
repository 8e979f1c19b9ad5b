"""Filtering again what was asked for with a filter.

A server that does not know a filter ignores it and answers for everything. Rows that do not tell
the property pass: the server may not send it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import hex_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID


def is_of(found: UUID | None, wanted: UUID | str | None) -> bool:
    """Tell whether a row belongs to an object; everything belongs to None."""
    return found is None or wanted is None or found.hex == hex_of(wanted)


def is_one_of(found: str, wanted: Collection[str] | None) -> bool:
    """Tell whether a row's label is among some; None and nothing stand for all."""
    return not found or not wanted or found in wanted


def is_since(modified: datetime | None, moment: datetime | None) -> bool:
    """Tell whether a row changed at some moment or later; everything did since None."""
    return modified is None or moment is None or modified >= moment
