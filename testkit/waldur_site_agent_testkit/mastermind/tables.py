"""Tables of objects by uuid, with groups in which others look them up.

A world may hold a hundred thousand accounts: who looks for one must not go through all.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Group(Generic[T, K]):
    """Those objects of a table that have a key in common, in the order in which they came."""

    def __init__(self, key: Callable[[T], K]) -> None:
        """Begin empty; `key` tells which key an object has."""
        self.key = key
        self._members: defaultdict[K, list[T]] = defaultdict(list)

    def __getitem__(self, key: K) -> Sequence[T]:
        """Return the objects with a key."""
        return self._members.get(key, ())

    def add(self, thing: T) -> None:
        """Take an object in."""
        self._members[self.key(thing)].append(thing)

    def remove(self, thing: T, key: K) -> None:
        """Let an object go that was taken in under `key`."""
        members = self._members[key]
        members.remove(thing)
        if not members:
            del self._members[key]


class Table(dict[str, T]):
    """Objects by their uuids, in the order in which they were made.

    Groups follow item assignment and `del`, and no other way of changing a dictionary.
    """

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._groups: list[Group[T, Hashable]] = []

    def grouped(self, key: Callable[[T], K]) -> Group[T, K]:
        """Return a group that follows this table, which must be empty still."""
        group: Group[T, K] = Group(key)
        self._groups.append(group)  # type: ignore[arg-type]  # it only sees its own keys
        return group

    def __setitem__(self, uuid: str, thing: T) -> None:
        """Put an object in, into its groups as well."""
        if uuid in self:
            del self[uuid]
        super().__setitem__(uuid, thing)
        for group in self._groups:
            group.add(thing)

    def __delitem__(self, uuid: str) -> None:
        """Take an object out, out of its groups as well."""
        thing = self[uuid]
        super().__delitem__(uuid)
        for group in self._groups:
            group.remove(thing, group.key(thing))

    @contextmanager
    def regrouped(self, thing: T) -> Iterator[None]:
        """Let an object change its keys, for as long as the block takes."""
        before = [group.key(thing) for group in self._groups]
        yield
        for group, old in zip(self._groups, before, strict=True):
            if group.key(thing) != old:
                group.remove(thing, old)
                group.add(thing)
