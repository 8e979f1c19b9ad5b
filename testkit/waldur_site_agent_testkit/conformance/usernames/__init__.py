"""The conformance suite for username backends.

::

    class TestMyNames(UsernameConformance):
        def subject(self) -> UsernameSubject:
            directory = FakeDirectory()
            return UsernameSubject(
                backend=lambda offering: MyNames({"directory": directory}, offering)
            )
"""

from waldur_site_agent_testkit.conformance.usernames.subject import UsernameSubject
from waldur_site_agent_testkit.conformance.usernames.suite import UsernameConformance

__all__ = ["UsernameConformance", "UsernameSubject"]
