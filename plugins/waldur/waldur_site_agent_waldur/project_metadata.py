"""What the target's project is to take over from the source's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_waldur.marks import marked_project
from waldur_site_agent_waldur.projects import SourceProject

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent.waldur.models import Project
    from waldur_site_agent.waldur.projects import ProjectChanges


def project_changes(
    resource: WaldurResource,
    source: Project | None,
    target: Project,
    *,
    sub_domain: Callable[[str], UUID | None],
) -> ProjectChanges:
    """Compare a project of the source with the one that stands for it.

    What the source does not tell stays as it is on the target: an older server, or a token that
    may not see the project, tells of no field of science.

    Args:
        resource: of the source; it tells the project's description.
        source: the project itself, where it may be read.
        target: the project on the target.
        sub_domain: finds the target's sub-domain of science by its code; None where it has none.
    """
    changes: ProjectChanges = {}
    if resource.project_description and resource.project_description != target.description:
        changes["description"] = resource.project_description
    mark = SourceProject.of(resource).mark
    if mark != target.backend_id and marked_project(target.backend_id) == resource.project_uuid:
        changes["backend_id"] = mark
    if source is not None and _tells_its_field(source):
        changes.update(_field_of_science(source, target, sub_domain))
    return changes


def _tells_its_field(source: Project) -> bool:
    return bool(source.oecd_fos_2007_code or source.science_sub_domain_code or source.is_industry)


def _field_of_science(
    source: Project, target: Project, sub_domain: Callable[[str], UUID | None]
) -> ProjectChanges:
    changes: ProjectChanges = {}
    if source.oecd_fos_2007_code != target.oecd_fos_2007_code:
        changes["oecd_fos_2007_code"] = source.oecd_fos_2007_code or None
    if source.is_industry != target.is_industry:
        changes["is_industry"] = source.is_industry
    code = source.science_sub_domain_code
    if code and code != target.science_sub_domain_code and (uuid := sub_domain(code)) is not None:
        changes["science_sub_domain"] = uuid
    return changes
