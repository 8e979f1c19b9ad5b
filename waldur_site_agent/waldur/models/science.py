"""Fields of science."""

from uuid import UUID

from msgspec import Struct


class ScienceSubDomain(Struct, frozen=True, kw_only=True):
    """A part of a domain of science. UUIDs differ between servers, codes do not."""

    uuid: UUID
    name: str = ""
    code: str = ""
