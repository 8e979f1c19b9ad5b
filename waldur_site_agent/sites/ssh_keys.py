"""The public SSH keys of a provider's users, for plugins that look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property


class SshKeys(Mapping[str, str]):
    """Public keys by dashed UUID, read when a plugin first looks at one: few plugins do."""

    def __init__(self, read: Callable[[], Mapping[str, str]]) -> None:
        """Ask nothing yet; ``read`` never raises."""
        self._read = read

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        return self._read()

    def __getitem__(self, uuid: str) -> str:
        """The key with this UUID."""
        return self._keys[uuid]

    def __iter__(self) -> Iterator[str]:
        """All UUIDs."""
        return iter(self._keys)

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._keys)
