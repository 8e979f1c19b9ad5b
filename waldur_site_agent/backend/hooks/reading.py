"""Reading what the backend has of a resource.

*Absent*, *unknown* and *empty* are three things. 1.x plugins answer None both for "not there" and
for "could not ask"; a strict pull raises for the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.answering import is_answering
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent.backend.hooks.usage import UsageHooks
from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.backend.pulling import pull_under_way, pulling
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.backend.structures import BackendResourceInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.waldur_objects import WaldurResource

R = TypeVar("R", bound="WaldurResource")


class ReadingHooks(UsageHooks):
    """Reading resources, one or many."""

    def pull_resources(
        self, resources: Sequence[R], include_usage: bool = True, strict: bool = False
    ) -> dict[str, tuple[R, BackendResourceInfo]]:
        """Read many resources; a backend that can do so in bulk overrides this.

        Called by the agent whenever it compares. The default reads one by one.

        Args:
            resources: as Waldur has them.
            include_usage: also report the current month's usage. False saves what is often the
                dearest read.
            strict: raise where a resource could not be read, so that one that is missing from the
                answer is known not to be there. Otherwise such resources are left out too, with a
                warning.

        Returns:
            By id on the backend: the resource, and what the backend has of it.

        Raises:
            BackendError: ``strict``, and a resource could not be read.
        """
        found: dict[str, tuple[R, BackendResourceInfo]] = {}
        with pulling(include_usage=include_usage, strict=strict):
            for resource in resources:
                info = self._pull_strictly(resource) if strict else self._pull_or_warn(resource)
                if info is not None:
                    found[resource.backend_id] = (resource, info)
        return found

    def strict_pull_requested(self) -> bool:
        """Tell overrides of single reads whether failures must be raised.

        An override that catches its own errors and answers None asks this, and raises instead.
        Ask in the thread that was called.
        """
        return pull_under_way().strict

    def usage_requested(self) -> bool:
        """Tell overrides of single reads whether usage is to be read, too.

        An override that leaves it out where this is false saves what is often the dearest read.
        Ask in the thread that was called.
        """
        return pull_under_way().include_usage

    def pull_resource(self, waldur_resource: WaldurResource) -> BackendResourceInfo | None:
        """Read one resource.

        Returns:
            What the backend has of it, or None when it has no id, is not there, or, unless a
            strict pull is under way, could not be read.
        """
        backend_id = waldur_resource.backend_id
        if not (backend_id and backend_id.strip()):
            return None
        try:
            return self._pull_backend_resource(backend_id)
        except Exception as error:
            if self.strict_pull_requested():
                raise
            _warn(backend_id, error)
            return None

    def _pull_backend_resource(self, resource_backend_id: str) -> BackendResourceInfo | None:
        """Read one resource by its id.

        Returns:
            Its parent, users and, if wanted, usage; None only if it is not there.

        Raises:
            BackendError: it could not be read.
        """
        found = self.client.get_resource(resource_backend_id)
        if found is None:
            return None
        return BackendResourceInfo(
            backend_id=resource_backend_id,
            parent_id=found.organization,
            users=self.client.list_resource_users(resource_backend_id),
            usage=self._usage_of(resource_backend_id) if self._reads_usage() else {},
        )

    def _reads_usage(self) -> bool:
        """Whether usage is to be read; overrides for 1.x, which always had it, may judge by it."""
        judged = overrides(self, "_pull_backend_resource") or overrides(self, "pull_resource")
        return judged or self.usage_requested()

    def list_resources(self) -> list[BackendResourceInfo]:
        """List all that the backend has, with its parents; for importing into Waldur."""
        return [
            BackendResourceInfo(backend_id=found.name, parent_id=found.organization)
            for found in self.client.list_resources()
        ]

    def _pull_or_warn(self, resource: WaldurResource) -> BackendResourceInfo | None:
        try:
            return self.pull_resource(resource)
        except Exception as error:  # noqa: BLE001 - one resource's failure, of whatever kind, stops no other
            _warn(resource.backend_id, error)
            return None

    def _pull_strictly(self, resource: WaldurResource) -> BackendResourceInfo | None:
        """Read one resource; "not there" is believed only while the backend answers.

        Hooks and clients of 1.x plugins alike answer None when they could not ask.
        """
        info = self.pull_resource(resource)
        if info is None and resource.backend_id:
            self._require_answer(resource.backend_id)
        return info

    def _require_answer(self, resource_backend_id: str) -> None:
        """Make sure that "not there" was not said by a backend that does not answer.

        Raises:
            BackendUnavailableError: it does not answer its ping.
        """
        if not is_answering(self):
            raise BackendUnavailableError(
                f"the backend does not answer, so whether it has {resource_backend_id!r} is unknown"
            )


def _warn(backend_id: str, error: Exception) -> None:
    why = scrub_secrets(str(error))
    logger.warning("Could not read %r: %s: %s", backend_id, type(error).__name__, why)
