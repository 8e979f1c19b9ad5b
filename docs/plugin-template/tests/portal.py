"""An Acme for tests: strict, with a state, and out of order on demand."""

from collections.abc import Callable
from typing import Any

from waldur_site_agent_testkit.remote import Answer, Asked, Remote


class Portal:
    """As much of Acme's API as the plugin asks for. Amounts are in Acme's units.

    Attributes:
        shares: by name.
        accounts: name by e-mail.
        usage: lines of the report, by month ("2026-11").
        effects: what was changed, in order.
        unwanted: users whom Acme lets use nothing.
    """

    def __init__(self) -> None:
        """Have nothing."""
        self.shares: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, str] = {}
        self.usage: dict[str, list[str]] = {}
        self.effects: list[str] = []
        self.unwanted: set[str] = set()
        self.remote = Remote()
        self.route()

    def route(self) -> None:
        """Answer what Acme answers."""
        route, known = self.remote.route, self.known
        route("GET", "/health")(lambda _: Answer({"status": "well"}))
        route("GET", "/shares")(lambda _: Answer(list(self.shares.values())))
        route("POST", "/shares")(self.create)
        route("GET", "/shares/{name}")(known(lambda asked: Answer(self.share(asked))))
        route("DELETE", "/shares/{name}")(known(self.delete))
        route("PATCH", "/shares/{name}/limits")(known(self.limit))
        route("PUT", "/shares/{name}/state")(known(self.put_state))
        route("PUT", "/shares/{name}/users/{user}")(known(self.add))
        route("DELETE", "/shares/{name}/users/{user}")(known(self.remove))
        route("GET", "/usage/{month}")(self.report)
        route("GET", "/accounts")(self.find_accounts)

    def share(self, asked: Asked) -> dict[str, Any]:
        """The share that a request is about."""
        return self.shares[asked.parts["name"]]

    def known(self, handler: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
        """Answer 404 for a share that is not there."""

        def handle(asked: Asked) -> Answer:
            return handler(asked) if asked.parts["name"] in self.shares else Answer(status=404)

        return handle

    def create(self, asked: Asked) -> Answer:
        """Make a share; a name is given once."""
        body: Any = asked.json()
        name = body["name"]
        if name in self.shares:
            return Answer({"error": f"there is a share {name}"}, status=409)
        share = {**body, "limits": {}, "users": [], "state": "active"}
        return self.change(f"create {name}", lambda: self.shares.update({name: share}))

    def delete(self, asked: Asked) -> Answer:
        """Delete a share."""
        name = asked.parts["name"]
        return self.change(f"delete {name}", lambda: self.shares.pop(name))

    def limit(self, asked: Asked) -> Answer:
        """Set some limits."""
        body: Any = asked.json()
        share = self.share(asked)
        return self.change(f"limit {share['name']}", lambda: share["limits"].update(body))

    def put_state(self, asked: Asked) -> Answer:
        """Put a share into a state."""
        body: Any = asked.json()
        share = self.share(asked)
        return self.change(f"{body['state']} {share['name']}", lambda: share.update(body))

    def add(self, asked: Asked) -> Answer:
        """Let somebody use a share."""
        share, user = self.share(asked), asked.parts["user"]
        if user in self.unwanted:
            return Answer({"error": "not this one"}, status=403)
        return self.change(f"add {user}", lambda: share["users"].append(user))

    def remove(self, asked: Asked) -> Answer:
        """Let somebody use a share no more."""
        share, user = self.share(asked), asked.parts["user"]
        return self.change(f"remove {user}", lambda: share["users"].remove(user))

    def report(self, asked: Asked) -> Answer:
        """What was used in a month."""
        return Answer("\n".join(self.usage.get(asked.parts["month"], [])).encode())

    def find_accounts(self, asked: Asked) -> Answer:
        """Accounts whose address has this in it, as searching by e-mail does."""
        wanted = asked.one("email")
        found = [(email, name) for email, name in self.accounts.items() if wanted in email]
        return Answer([{"email": email, "name": name} for email, name in found])

    def change(self, what: str, do: Callable[[], object]) -> Answer:
        """Make a change that is remembered."""
        do()
        self.effects.append(what)
        return Answer(status=204)
