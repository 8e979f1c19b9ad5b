"""A resource's account: making, completing and ending it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_moab.hooks.foundation import Foundation
from waldur_site_agent_moab.names import account_name

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import BackendResourceInfo, UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class LifecycleHooks(Foundation):
    """Coming: the project's account, the account, its fund, its deposit. Going: backwards."""

    def _pre_create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> None:
        """Make the project's account, which holds no credits."""
        del user_context
        if not waldur_resource.project_slug:
            raise BackendError("the resource's project has no slug to name its account after")
        project = account_name(self._get_project_backend_id(waldur_resource.project_slug))
        if self.client.account(project) is None:
            self.client.create_resource(
                project, waldur_resource.project_name, self._customer_of(waldur_resource)
            )

    def _customer_of(self, resource: WaldurResource) -> str:
        slug = resource.customer_slug
        return account_name(self._get_customer_backend_id(slug)) if slug else ""

    def create_resource_with_id(
        self,
        waldur_resource: WaldurResource,
        resource_backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Make an account with its fund and its deposit; see the base class."""
        account_name(resource_backend_id)
        with self.client.one_view():
            return super().create_resource_with_id(
                waldur_resource, resource_backend_id, user_context
            )

    def _create_backend_resource(
        self,
        resource_backend_id: str,
        resource_name: str,
        resource_organization: str,
        resource_parent_name: str | None = None,
    ) -> bool:
        """Make the bare account, unless the name is taken, if only by a fund that was left behind.

        What is in such a fund would become the new account's.
        """
        if self.client.account(resource_backend_id) or self.client.has_fund(resource_backend_id):
            return False
        self.client.create_resource(
            resource_backend_id, resource_name, resource_organization, resource_parent_name
        )
        return True

    def adopt_resource(
        self,
        resource: WaldurResource,
        backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Complete an account that exists: what is as it should be is left alone."""
        account_name(backend_id)
        with self.client.one_view():
            self.client.existing(backend_id)
            self._pre_create_resource(resource, user_context)
            return super().adopt_resource(resource, backend_id, user_context)

    def _on_backend_resource_created(
        self, resource_backend_id: str, waldur_resource: WaldurResource
    ) -> None:
        """Give the account its fund."""
        del waldur_resource
        self.client.ensure_fund(resource_backend_id)

    def delete_resource(self, waldur_resource: WaldurResource, **kwargs: object) -> str | None:
        """Delete an account's funds and the account, and its project's when it was the last.

        Also what an interrupted deletion left. With ``soft_delete``, take off its members and out
        its credits, and keep the rest.

        Raises:
            BackendUnavailableError: MAM could not be asked.
            BackendError: MAM refused.
        """
        if not (waldur_resource.backend_id or "").strip():
            logger.warning("A resource without an id needs no deletion in MAM")
            return None
        backend_id = self._account_of(waldur_resource)
        with self.client.one_view():
            self.client.refresh()
            if self._soft_delete:
                self._retire_account(backend_id)
            else:
                self.client.delete_resource(backend_id)
                self._leave_project(str(kwargs.get("project_slug") or ""))
        return None

    def _retire_account(self, backend_id: str) -> None:
        if self.client.account(backend_id) is None:
            logger.warning("%r is not in MAM, so there is nothing to retire", backend_id)
            return
        for user in self.client.list_resource_users(backend_id):
            self.client.delete_association(user, backend_id)
        self.client.withdraw_rest(backend_id)

    def _leave_project(self, project_slug: str) -> None:
        """Delete a project's account that nothing needs; that it stays hinders nobody."""
        if not project_slug:
            return
        project = self._get_project_backend_id(project_slug)
        try:
            if self._is_idle(account_name(project)):
                self.client.delete_resource(project)
        except BackendUnavailableError:
            raise
        except BackendError as error:
            logger.warning("The account %r of an empty project stays: %s", project, error)

    def _is_idle(self, project: str) -> bool:
        """Whether a project's account is there, without resources, members and credits."""
        found = self.client.account(project)
        if found is None or found.users:
            return False
        has_resources = any(
            account.organization == project for account in self.client.accounts().values()
        )
        has_credits = any(fund.balance for fund in self.client.own_funds(project))
        return not has_resources and not has_credits
