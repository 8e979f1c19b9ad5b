"""Reading the teams of many resources, several at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource, TeamMember

AT_ONCE = 8
"""Requests under way at a time."""


class Teams:
    """The teams of an offering's projects: each read once in a pass, for any of its resources."""

    def __init__(
        self, site: Site, *, check_stop: Callable[[], None], at_once: int = AT_ONCE
    ) -> None:
        """Read nothing yet."""
        self._site = site
        self._check_stop = check_stop
        self._at_once = at_once
        self._known: dict[UUID, Sequence[TeamMember] | WaldurError] = {}

    def read(self, resources: Iterable[Resource]) -> None:
        """Read the teams of these resources' projects, as far as they are not known yet.

        Raises:
            StoppedError: the process was asked to end.
        """
        wanted = {_project(one): one for one in resources if _project(one) not in self._known}
        with ThreadPoolExecutor(max_workers=self._at_once) as pool:
            answers = pool.map(self._ask, wanted.values())
            for project, answer in zip(wanted, answers, strict=True):
                self._known[project] = answer
        self._check_stop()

    def of(self, resource: Resource) -> Sequence[TeamMember]:
        """A resource's team, as it was read.

        Raises:
            WaldurError: it could not be read.
        """
        answer = self._known[_project(resource)]
        if isinstance(answer, WaldurError):
            raise answer
        return answer

    def _ask(self, resource: Resource) -> Sequence[TeamMember] | WaldurError:
        consent = True if self._site.backend.fetch_consented_users_only else None
        try:
            self._check_stop()
            return self._site.waldur.resources.team(resource.uuid, has_consent=consent)
        except WaldurError as error:
            return error


def _project(resource: Resource) -> UUID:
    """What teams are kept by; a resource without a project stands for itself."""
    return resource.project_uuid or resource.uuid
