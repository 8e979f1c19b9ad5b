"""Where a resource's account hangs in the tree: customer, project, allocation; or flat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_slurm.client import SlurmClient
    from waldur_site_agent_slurm.settings import SlurmSettings

NO_SLUGS = (
    "the resource has unset or missing slug fields: its {missing} has no slug in Waldur, "
    "and accounts are named after those"
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """The accounts above a resource's own. Names in lower case, as Slurm keeps them."""

    project: str
    project_title: str
    customer: str
    """Empty in the flat hierarchy."""
    customer_title: str
    top: str
    """The site's account under which all of it hangs."""

    @property
    def is_flat(self) -> bool:
        """Whether projects hang right under the site's account."""
        return not self.customer

    @property
    def project_parent(self) -> str:
        """The account right above the project's."""
        return self.customer or self.top


def has_slugs(resource: WaldurResource, settings: SlurmSettings) -> bool:
    """Whether accounts can be named."""
    return not _missing(resource, settings)


def _missing(resource: WaldurResource, settings: SlurmSettings) -> list[str]:
    slugs = {"project": resource.project_slug}
    if not settings.parent_account:
        slugs["customer"] = resource.customer_slug
    return [name for name, slug in slugs.items() if not (slug and slug.strip())]


def place_of(
    resource: WaldurResource, *, project: str, customer: str, settings: SlurmSettings
) -> Place:
    """Find a resource's place.

    Args:
        resource: as Waldur has it.
        project: the project's id on the backend.
        customer: the customer's.
        settings: the offering's.

    Raises:
        BackendError: a slug is missing.
    """
    missing = _missing(resource, settings)
    if missing:
        raise BackendError(NO_SLUGS.format(missing=" and its ".join(missing)))
    flat = bool(settings.parent_account)
    return Place(
        project=project.lower(),
        project_title=resource.project_name or project,
        customer="" if flat else customer.lower(),
        customer_title=resource.customer_name or customer,
        top=settings.parent_account or settings.root_account,
    )


class Hierarchy:
    """Makes accounts and moves them."""

    def __init__(self, client: SlurmClient) -> None:
        """Work through a client."""
        self._client = client

    def ensure(self, place: Place) -> None:
        """Make the accounts above a resource's own, where they are missing; move the project's.

        A customer's account, and in the flat hierarchy a project's, stays where an administrator
        put it.

        Raises:
            BackendError: the site's account is missing, or Slurm refused.
        """
        if place.customer:
            self._ensure_account(
                place.customer,
                title=place.customer_title,
                organization=place.customer,
                parent=place.top,
            )
        self._ensure_account(
            place.project,
            title=place.project_title,
            organization=place.customer or place.project,
            parent=place.project_parent,
        )
        if not place.is_flat:
            self.move(place.project, place.project_parent)

    def move(self, account: str, parent: str) -> None:
        """Hang an account under another, unless it does or the two are one."""
        if account.lower() != parent.lower():
            self._client.set_parent(account, parent)

    def _ensure_account(self, name: str, *, title: str, organization: str, parent: str) -> None:
        if self._client.snapshot().account(name) is None:
            self._client.create_resource(name, title, organization, parent)
