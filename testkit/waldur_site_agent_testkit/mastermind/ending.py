"""When projects and resources end, and who wished so."""

from datetime import date

from waldur_site_agent_testkit.mastermind import announcing
from waldur_site_agent_testkit.mastermind.state import Project, Resource, User
from waldur_site_agent_testkit.mastermind.store import Store


def end_project(
    store: Store, project: Project, end_date: date | None, *, requested_by: User | None
) -> None:
    """Set the day on which a project ends, or take it away, with a note of when that was."""
    if project.end_date != end_date:
        project.end_date_updated_at = store.clock.now()
    project.end_date, project.end_date_requested_by = end_date, requested_by
    store.touch(project)


def end_resource(
    store: Store, resource: Resource, end_date: date | None, *, requested_by: User | None
) -> None:
    """Set the day on which a resource ends, or take it away, and tell the offering's agents."""
    if resource.end_date != end_date:
        resource.end_date_updated_at = store.clock.now()
    resource.end_date, resource.end_date_requested_by = end_date, requested_by
    store.touch(resource)
    announcing.end_date(store, resource)
