"""Projects, and what they are about."""

from datetime import date

from waldur_site_agent_testkit.mastermind import ending
from waldur_site_agent_testkit.mastermind.state import Customer, Project, ScienceSubDomain
from waldur_site_agent_testkit.mastermind.verbs.base import Verbs, locked


class ProjectVerbs(Verbs):
    """Projects."""

    @locked
    def add_project(
        self,
        customer: Customer,
        name: str,
        *,
        slug: str | None = None,
        description: str = "",
        backend_id: str = "",
        end_date: date | None = None,
    ) -> Project:
        """Add a project to an organization."""
        store = self._store
        project = Project(
            **store.birth(),
            name=name,
            slug=slug or store.identifiers.slug("project", name),
            customer=customer,
            description=description,
            backend_id=backend_id,
            end_date=end_date,
        )
        return store.keep(store.state.projects, project)

    @locked
    def set_project_end_date(self, project: Project, end_date: date | None) -> None:
        """Set the day on which a project ends, or take it away."""
        ending.end_project(self._store, project, end_date, requested_by=None)

    @locked
    def move_project(self, project: Project, customer: Customer) -> None:
        """Give a project to another organization; its team and its resources stay."""
        project.customer = customer
        self._store.touch(project)

    @locked
    def describe_project(
        self,
        project: Project,
        *,
        name: str | None = None,
        description: str | None = None,
        oecd_fos_2007_code: str | None = None,
        is_industry: bool | None = None,
        science_sub_domain: ScienceSubDomain | None = None,
    ) -> None:
        """Say other things of a project; what is None stays as it is."""
        said = {
            "name": name,
            "description": description,
            "oecd_fos_2007_code": oecd_fos_2007_code,
            "is_industry": is_industry,
            "science_sub_domain": science_sub_domain,
        }
        for field, value in said.items():
            if value is not None:
                setattr(project, field, value)
        self._store.touch(project)

    @locked
    def add_science_sub_domain(self, code: str, name: str = "") -> ScienceSubDomain:
        """Add a part of a domain of science; codes are the same on every server, uuids are not."""
        made = ScienceSubDomain(**self._store.birth(), name=name or code, code=code)
        return self._store.keep(self.state.science_sub_domains, made)
