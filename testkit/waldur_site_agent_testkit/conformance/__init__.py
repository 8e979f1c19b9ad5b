"""The conformance suite: the plugin contract as rules that any plugin can be held to.

A plugin's tests say how a backend on a fresh system comes about, and pytest does the rest::

    from waldur_site_agent_testkit.conformance import Conformance, Subject


    class TestMyBackend(Conformance):
        def subject(self) -> Subject:
            portal = FakePortal()
            return Subject(
                backend=lambda: MyBackend({"portal": portal}, COMPONENTS),
                set_reachable=portal.set_reachable,
                effects=lambda: portal.writes,
            )

The rules are in ``rules/``, one module for each subject; ``catalogue`` has them all.
"""

from waldur_site_agent_testkit.conformance.subject import Subject, Used
from waldur_site_agent_testkit.conformance.suite import Conformance

__all__ = ["Conformance", "Subject", "Used"]
