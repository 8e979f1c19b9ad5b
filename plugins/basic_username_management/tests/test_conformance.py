"""The plugin holds the contract of username backends."""

from __future__ import annotations

from waldur_site_agent_basic_username_management.backend import BasicUsernameManagementBackend
from waldur_site_agent_testkit.conformance.usernames import UsernameConformance, UsernameSubject


class TestBasicUsernames(UsernameConformance):
    def subject(self) -> UsernameSubject:
        return UsernameSubject(
            backend=lambda offering: BasicUsernameManagementBackend({}, offering),
            names_users=False,
        )
