"""The agent's contract, rule by rule; ``--conformance-report=FILE`` writes what was tried."""

from conftest import COMPONENTS, settings_for
from portal import Portal

from waldur_site_agent_acme.backend import AcmeBackend
from waldur_site_agent_testkit.conformance import Conformance, Subject
from waldur_site_agent_testkit.conformance.subject import Used


class TestAcme(Conformance):
    """The backend on an Acme of its own."""

    def subject(self) -> Subject:
        """Say how a backend comes about, and how its Acme is disturbed."""
        portal = Portal()
        portal.remote.start()
        made: list[AcmeBackend] = []

        def backend() -> AcmeBackend:
            made.append(AcmeBackend(settings_for(portal), COMPONENTS))
            return made[-1]

        def close() -> None:
            for one in made:
                one.end_pass()
            portal.remote.stop()

        def set_reachable(reachable: bool) -> None:
            portal.remote.down = not reachable

        def use(used: Used) -> None:
            lines = portal.usage.setdefault(f"{used.year}-{used.month:02}", [])
            for name, amount in used.amounts.items():
                component = COMPONENTS[name]
                native = amount * component.get("unit_factor", 1)
                acme_name = component.get("acme_name", name)
                lines.append(f"{used.backend_id}|{used.username}|{acme_name}|{native}")

        return Subject(
            backend=backend,
            set_reachable=set_reachable,
            effects=lambda: portal.effects,
            refuse=portal.unwanted.add,
            use=use,
            secrets=["hush-hush"],
            wrong_settings={"api_url": "acme", "timeout_seconds": 0},
            close=close,
        )
