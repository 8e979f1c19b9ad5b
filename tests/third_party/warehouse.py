"""As much of the DWDI warehouse of CSCS as its plugins ask for: usage by month, behind OIDC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from waldur_site_agent_testkit.remote import Answer, Asked, Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECRET = "hush"
TOKEN = "t0ken"


@dataclass(frozen=True, kw_only=True)
class NodeHours:
    """What one user used of a cluster in a month; ``month`` is like 2026-11."""

    month: str
    cluster: str
    account: str
    user: str
    node_hours: float


class Warehouse:
    """Compute and storage by account and path, and what inference cost by resource."""

    def __init__(self, remote: Remote) -> None:
        self.url = remote.url
        self.compute: list[NodeHours] = []
        self.stored: dict[tuple[str, str], int] = {}
        """Bytes, by month and path."""
        self.costs: dict[tuple[str, str], float] = {}
        """By month and UUID of the resource."""
        remote.route("POST", "/token")(self.token)
        remote.route("GET", "/compute/usage-month/account")(guarded(self.month_of_compute))
        remote.route("GET", "/compute/usage-day")(guarded(lambda _: Answer({"compute": []})))
        remote.route("GET", "/storage/usage-month")(guarded(self.month_of_storage))
        remote.route("GET", "/storage/usage-day")(guarded(lambda _: Answer({"storage": []})))
        remote.route("GET", "/inference/resource/cost")(guarded(self.cost))

    @property
    def settings(self) -> dict[str, str]:
        """What a plugin needs to get in."""
        return {
            "cscs_dwdi_api_url": self.url,
            "cscs_dwdi_client_id": "agent",
            "cscs_dwdi_client_secret": SECRET,
            "cscs_dwdi_oidc_token_url": f"{self.url}/token",
        }

    def token(self, asked: Asked) -> Answer:
        form = parse_qs(asked.body.decode())
        if form["client_secret"] != [SECRET] or form["grant_type"] != ["client_credentials"]:
            return Answer({"error": "invalid_client"}, status=401)
        return Answer({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300})

    def month_of_compute(self, asked: Asked) -> Answer:
        clusters = asked.query.get("cluster")
        rows = [
            one
            for one in self.compute
            if asked.one("from") <= one.month <= asked.one("to")
            and one.account in asked.query["account"]
            and (clusters is None or one.cluster in clusters)
        ]
        accounts = sorted({one.account for one in rows})
        return Answer({"compute": [account_of(name, rows) for name in accounts]})

    def month_of_storage(self, asked: Asked) -> Answer:
        assert (asked.one("filesystem"), asked.one("data_type")) == ("lustre", "projects")
        found = [
            {"path": path, "spaceUsed": size, "inodesUsed": 7}
            for (month, path), size in self.stored.items()
            if month == asked.one("exact-month") and path in asked.query["paths"]
        ]
        return Answer({"storage": found})

    def cost(self, asked: Asked) -> Answer:
        found = [
            {"waldurResourceUuid": uuid, "totalCost": cost}
            for (month, uuid), cost in self.costs.items()
            if month == asked.one("from") and uuid in asked.query["resource_uuid"]
        ]
        return Answer({"inference": found})


def account_of(name: str, rows: Sequence[NodeHours]) -> dict[str, Any]:
    own = [row for row in rows if row.account == name]
    users = [{"username": row.user, "nodeHours": row.node_hours} for row in own]
    return {
        "account": name,
        "totalNodeHours": sum(row.node_hours for row in own),
        "users": users,
    }


def guarded(handler: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Let in who has the token."""

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer({"error": "unauthorized"}, status=401)
        return handler(asked)

    return answer
