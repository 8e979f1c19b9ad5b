"""What an administrator wants to know of a portal before the agent works on it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_mup.hooks.foundation import Foundation

if TYPE_CHECKING:
    from collections.abc import Iterator


class DiagnosisHooks(Foundation):
    """Diagnostics."""

    def diagnostics(self) -> bool:
        """Look at the settings and the portal, log what is found, and say whether all is well."""
        problems = [*self._of_settings(), *self._of_portal()]
        for problem in problems:
            logger.error("%s", problem)
        return not problems

    def _of_settings(self) -> Iterator[str]:
        logger.info("MUP at %s, as %r", self.settings.root, self.settings.username)
        logger.info("Allocations: %s", ", ".join(self.list_components()) or "none")
        logger.info("MUP can neither pause nor downscale, and keeps no usage by month")
        if self.settings.root.startswith("http://"):
            logger.warning("backend_settings.api_url: the password travels unencrypted")
        if not self.components:
            yield "backend_components: no component has an allocation on MUP"
        types = Counter(component.type for component in self.components.values())
        for shared in sorted(name for name, number in types.items() if number > 1):
            logger.warning(
                "%r is the type of several components: they can be told apart only where MUP keeps "
                "the names that it is given",
                shared,
            )
        if not self.settings.terms_accepted:
            logger.warning(
                "backend_settings.users_accept_terms is off: MUP is told that new users did not "
                "accept its terms, and may refuse them"
            )

    def _of_portal(self) -> Iterator[str]:
        """Problems of the portal up to what cannot be read, which is one, too."""
        try:
            yield from self._of_research_fields()
            projects = self.portal.projects.list()
            logger.info("%d projects, %d active", len(projects), sum(p.is_active for p in projects))
            self.portal.users.requested()
        except BackendError as error:
            yield str(error)

    def _of_research_fields(self) -> Iterator[str]:
        known = set(self.portal.projects.research_fields())
        used = {
            "default_research_field": self.settings.default_research_field,
            **{f"research_fields.{code}": v for code, v in self.settings.research_fields.items()},
        }
        for key, field in used.items():
            if field not in known:
                yield f"backend_settings.{key}: MUP has no research field {field}"
