"""Fields of science."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call
from waldur_site_agent.waldur.models.science import ScienceSubDomain

if TYPE_CHECKING:
    import builtins

    from waldur_site_agent.waldur.rest import Rest


class ScienceSubDomains:
    """What a server's projects can be about."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(self, *, code: str | None = None) -> builtins.list[ScienceSubDomain]:
        """List all, or those with a code, for which servers have no filter of their own.

        Raises:
            NotFoundError: ``unrouted``, from a server that does not know them.
            WaldurError: Waldur did not tell.
        """
        call = Call.get("science_sub_domains.list", "science-sub-domains/")
        found = self._rest.list(call, ScienceSubDomain)
        return [domain for domain in found if code in (None, domain.code)]
