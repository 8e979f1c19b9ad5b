"""Telling Waldur, from time to time, what works on an offering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.registration import Identity, Processor, Registration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.runtime.tasks import Assignment, Task
    from waldur_site_agent.waldur.gateway import Waldur

PROCESSORS = {
    Role.ORDER_PROCESSING: "OfferingOrderProcessor",
    Role.MEMBERSHIP_SYNC: "OfferingMembershipProcessor",
    Role.REPORTING: "OfferingReportProcessor",
}
"""The names under which Waldur shows who works."""


class SignsOfLife:
    """The registrations of some of an offering's tasks. One thread uses it."""

    def __init__(
        self,
        assignment: Assignment,
        tasks: Sequence[Task],
        *,
        waldur: Waldur,
        identity: Identity,
        version: str,
    ) -> None:
        """Register nothing yet."""
        self._registrations = [
            (
                _processor(task.role, assignment.plugins[task.role]),
                Registration(
                    waldur,
                    assignment.offering.waldur_offering_uuid,
                    mode=task.service,
                    version=version,
                    identity=identity,
                ),
            )
            for task in tasks
        ]

    def give(self) -> None:
        """Say that all of them are at work. Never raises."""
        for processor, registration in self._registrations:
            registration.ran(processor)


def _processor(role: Role, plugin: LoadedPlugin) -> Processor:
    return Processor(
        name=PROCESSORS[role],
        backend_type=f"{plugin.cls.__module__}.{plugin.cls.__qualname__}",
        backend_version=plugin.version,
    )
