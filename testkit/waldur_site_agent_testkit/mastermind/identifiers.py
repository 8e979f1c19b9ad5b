"""UUIDs, which a seed determines, and slugs."""

import random
import re
import uuid
from collections import Counter

SLUG_LENGTH = 8
"""Mastermind cuts the name to this length before it appends a number."""


class Identifiers:
    """Hands out uuids (bare hex, as Mastermind answers them) and slugs; a seed repeats them."""

    def __init__(self, seed: int) -> None:
        """Begin the sequence that belongs to `seed`."""
        self._root = uuid.UUID(int=seed % 2**128)
        self._random = random.Random(seed)  # noqa: S311 - repeatable identifiers, no secret
        self._slugs: Counter[tuple[str, str]] = Counter()

    def uuid(self) -> str:
        """Return the next uuid."""
        return uuid.UUID(int=self._random.getrandbits(128), version=4).hex

    def uuid_of(self, name: str) -> str:
        """Return this server's uuid of something that every server has by the same name."""
        return uuid.uuid5(self._root, name).hex

    def slug(self, kind: str, name: str) -> str:
        """Return the next slug of a kind: the project `Bench project 01` becomes `bench-pr-1`."""
        stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:SLUG_LENGTH].strip("-")
        self._slugs[kind, stem] += 1
        return f"{stem}-{self._slugs[kind, stem]}"


def hex_of(text: str) -> str | None:
    """Return a uuid, dashed or bare, as bare hex; nothing when the text is no uuid."""
    try:
        return uuid.UUID(text).hex
    except ValueError:
        return None
