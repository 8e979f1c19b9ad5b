"""People whose accounts others look after: sources of identities, and eduTEAMS."""

from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind.shapes import JSON
from waldur_site_agent_testkit.mastermind.state import User
from waldur_site_agent_testkit.mastermind.store import Store

OWN = ("first_name", "last_name", "email")
"""What a user has as fields of its own; the rest goes into the profile."""


def find(store: Store, username: str) -> User | None:
    """Return the person with a username."""
    return next((u for u in store.state.users.values() if u.username == username), None)


def account_of(store: Store, username: str) -> tuple[User, bool]:
    """Return the person with a username, and whether the account was made just now, bare."""
    known = find(store, username)
    if known is not None:
        return known, False
    made = User(
        **store.birth(),
        username=username,
        first_name="",
        last_name="",
        email="",
        slug=store.identifiers.slug("user", username),
        token=store.identifiers.uuid(),
    )
    return store.keep(store.state.users, made), True


def renew(store: Store, person: User, *, source: str, attributes: Mapping[str, JSON]) -> list[str]:
    """Take over what a source tells of a person, who is active again; name what changed."""
    changed = fill(person, attributes)
    if source not in person.active_isds:
        person.active_isds.append(source)
    person.is_active = True
    store.touch(person)
    return changed


def fill(person: User, attributes: Mapping[str, JSON]) -> list[str]:
    """Take over attributes, and name those that changed."""
    changed = [name for name, value in attributes.items() if _value(person, name) != value]
    for name in changed:
        if name in OWN:
            setattr(person, name, str(attributes[name]))
        else:
            person.profile[name] = attributes[name]
    return changed


def _value(person: User, name: str) -> JSON:
    return str(getattr(person, name)) if name in OWN else person.profile.get(name)


def forget(store: Store, person: User, *, source: str) -> None:
    """Let a source know a person no longer; without any the person is deactivated."""
    if source in person.active_isds:
        person.active_isds.remove(source)
    if not person.active_isds:
        person.is_active = False
    store.touch(person)
