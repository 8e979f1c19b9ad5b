"""Whose token it is."""

from waldur_site_agent_testkit.mastermind.api.answers import Unauthenticated
from waldur_site_agent_testkit.mastermind.state import User
from waldur_site_agent_testkit.mastermind.store import Store


def authenticate(store: Store, authorization: str) -> User:
    """Return the user that an `Authorization` header stands for.

    `Token` takes the user's API token, `Bearer` a personal access or OIDC token; the API token is
    not accepted as a bearer.

    Raises:
        Unauthenticated: No credentials, or unknown ones.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme not in ("Token", "Bearer") or not token:
        raise Unauthenticated("Authentication credentials were not provided.")
    user = _by_bearer(store, token) if scheme == "Bearer" else _by_token(store, token)
    if user is None:
        raise Unauthenticated("Invalid token.")
    if not user.is_active:
        raise Unauthenticated("User inactive or deleted.")
    return user


def _by_token(store: Store, token: str) -> User | None:
    return next(iter(store.state.users_by_token[token]), None)


def _by_bearer(store: Store, token: str) -> User | None:
    return store.state.users.get(store.state.bearers.get(token, ""))
