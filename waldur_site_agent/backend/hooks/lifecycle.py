"""A resource's coming and going."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, DuplicateResourceError
from waldur_site_agent.backend.hooks.limits import LimitHooks
from waldur_site_agent.backend.hooks.naming import NamingHooks
from waldur_site_agent.backend.hooks.reading import ReadingHooks
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.backend.structures import BackendResourceInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.structures import UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class LifecycleHooks(NamingHooks, LimitHooks, ReadingHooks):
    """Creating, adopting, updating and deleting resources."""

    @abstractmethod
    def _pre_create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> None:
        """Make what a resource needs to exist before it, its parents above all.

        Called before each creation; must be safe to repeat.

        Raises:
            BackendError: the resource cannot be created; the order errs with this text.
        """

    def create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> BackendResourceInfo:
        """Create a resource under the id that its slug gives.

        The agent chooses ids itself and calls ``create_resource_with_id``. Only a plugin that
        overrides this hook, and none of those that are told an id (``create_resource_with_id``,
        ``_create_backend_resource``, ``_pull_backend_resource``), creates by it, under an id that
        it answers with.

        Raises:
            BackendError: the resource has no slug, or the backend refused.
        """
        if not waldur_resource.slug:
            raise BackendError(
                f"the resource {waldur_resource.name!r} has no slug to name it after"
            )
        backend_id = self._get_resource_backend_id(waldur_resource.slug)
        return self.create_resource_with_id(waldur_resource, backend_id, user_context)

    def create_resource_with_id(
        self,
        waldur_resource: WaldurResource,
        resource_backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Create a resource under a given id; called for Create and Restore orders.

        By default: ``_pre_create_resource``, the client's ``create_resource``,
        ``_on_backend_resource_created``, ``_setup_resource_limits``, ``post_create_resource``.
        If the agent is killed between them, it calls ``adopt_resource`` later.

        Returns:
            The id, and the limits (Waldur units), metadata and endpoints that Waldur is told.
            Backends with ``supports_async_orders`` answer with a ``pending_order_id``.

        Raises:
            DuplicateResourceError: the backend has the id already; nothing was changed under it.
            BackendError: the backend refused.
        """
        if not resource_backend_id.strip():
            raise BackendError("a resource cannot be created without an id")
        self._pre_create_resource(waldur_resource, user_context)
        project = self._get_project_backend_id(waldur_resource.project_slug)
        if not self._create_backend_resource(
            resource_backend_id, waldur_resource.name, project, project
        ):
            raise DuplicateResourceError(f"the backend already has {resource_backend_id!r}")
        return self._complete(waldur_resource, resource_backend_id, user_context)

    def adopt_resource(
        self,
        resource: WaldurResource,
        backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Complete a resource that exists under an id that is ours.

        Called when a creation was interrupted, and when a resource that was only retired is
        restored. By default all that follows creation, limits included; so those hooks must be
        safe to repeat.

        Returns:
            As ``create_resource_with_id``.

        Raises:
            BackendError: the backend refused.
        """
        return self._complete(resource, backend_id, user_context)

    def _complete(
        self, resource: WaldurResource, backend_id: str, user_context: UserContext | None
    ) -> BackendResourceInfo:
        """Do what follows creation; safe to repeat."""
        self._on_backend_resource_created(backend_id, resource)
        limits = self._setup_resource_limits(backend_id, resource)
        info = BackendResourceInfo(backend_id=backend_id, limits=dict(limits))
        self.post_create_resource(info, resource, user_context)
        return info

    def _create_backend_resource(
        self,
        resource_backend_id: str,
        resource_name: str,
        resource_organization: str,
        resource_parent_name: str | None = None,
    ) -> bool:
        """Create the bare resource unless it is there.

        Returns:
            Whether it was created: False if the id is taken.
        """
        if self.client.get_resource(resource_backend_id) is not None:
            return False
        self.client.create_resource(
            resource_backend_id, resource_name, resource_organization, resource_parent_name
        )
        return True

    def _on_backend_resource_created(
        self, resource_backend_id: str, waldur_resource: WaldurResource
    ) -> None:
        """Make what is named after the id, now that it is accepted; before limits are set.

        Called when creating and adopting; must be safe to repeat. Nothing by default.
        """

    def post_create_resource(
        self,
        resource: BackendResourceInfo,
        waldur_resource: WaldurResource,
        user_context: UserContext | None = None,
    ) -> None:
        """Do the last of creating; may fill ``resource.backend_metadata`` and ``.endpoints``.

        Called when creating and adopting; must be safe to repeat. Nothing by default.
        """

    def update_resource_attributes(
        self, resource: WaldurResource, attributes: Mapping[str, object]
    ) -> None:
        """Take over what an update order changes beside limits; nothing by default.

        Args:
            resource: as Waldur has it.
            attributes: the order's attributes and options, without the agent's bookkeeping.

        Raises:
            BackendError: the backend refused; the order errs.
        """

    def recreate_missing_resource(self, waldur_resource: WaldurResource) -> bool:
        """Create a resource again that the backend lost, under the id it had.

        Called when an operator asks for a forced sync.

        Returns:
            Whether it was created: False if it has no id, or is there.

        Raises:
            BackendError: the backend could not be asked, or refused.
        """
        backend_id = waldur_resource.backend_id
        if not (backend_id and backend_id.strip()):
            return False
        if self.client.get_resource(backend_id) is not None:
            return False
        self.create_resource_with_id(waldur_resource, backend_id)
        return True

    def delete_resource(self, waldur_resource: WaldurResource, **kwargs: object) -> str | None:
        """Delete a resource, or retire it where the ``soft_delete`` setting is on.

        Called for Terminate orders. Deleting includes the project's own account when no other
        resource is left in it; a failure of that is logged, as the resource is gone already.
        Retiring sets all limits to 0 and keeps the account.

        Args:
            waldur_resource: as Waldur has it.
            **kwargs: ``project_slug``, the project's slug at the time of the order.

        Returns:
            A remote order's id from a backend with ``supports_async_orders``; None when all is
            done, which includes a resource without an id and one that the backend does not have.

        Raises:
            BackendUnavailableError: whether the resource is there could not be told.
            BackendError: the backend refused.
        """
        backend_id = waldur_resource.backend_id
        if not (backend_id and backend_id.strip()):
            logger.warning("A resource without an id needs no deletion on the backend")
            return None
        if self.client.get_resource(backend_id) is None:
            self._require_answer(backend_id)
            logger.warning("%r is not on the backend, so there is nothing to delete", backend_id)
            return None
        self._pre_delete_resource(waldur_resource)
        remote_order = self._retire(backend_id) if self._soft_delete else None
        if not self._soft_delete:
            self._delete(backend_id, str(kwargs.get("project_slug") or ""))
        self.post_delete_resource(waldur_resource)
        return remote_order

    def _pre_delete_resource(self, waldur_resource: WaldurResource) -> None:
        """Make ready for deletion: cancel jobs, take users off. Nothing by default.

        Must be safe to repeat.

        Raises:
            BackendError: the resource cannot be deleted now; the order errs.
        """

    def post_delete_resource(self, waldur_resource: WaldurResource) -> None:
        """Clean up after deletion or retirement. Nothing by default."""

    @property
    def _soft_delete(self) -> bool:
        return bool(self.backend_settings.get("soft_delete"))

    def _retire(self, backend_id: str) -> str | None:
        remote_order = self.set_resource_limits(
            backend_id, dict.fromkeys(self.backend_components, 0)
        )
        return remote_order if self.supports_async_orders else None

    def _delete(self, backend_id: str, project_slug: str) -> None:
        self.client.delete_resource(backend_id)
        if project_slug:
            self._delete_empty_project(self._get_project_backend_id(project_slug), backend_id)

    def _delete_empty_project(self, project_id: str, deleted_id: str) -> None:
        try:
            if self._is_last_of(project_id, deleted_id) and self.client.get_resource(project_id):
                self.client.delete_resource(project_id)
        except BackendError as error:
            why = scrub_secrets(str(error))
            logger.warning("The account %r of an empty project stays: %s", project_id, why)

    def _is_last_of(self, project_id: str, deleted_id: str) -> bool:
        """Whether a project has no resource left. Slurm and its like fold case in names."""
        own = {project_id.casefold(), deleted_id.casefold()}
        return not any(
            found.organization.casefold() == project_id.casefold()
            for found in self.client.list_resources()
            if found.name.casefold() not in own
        )
