"""Writing the components of the settings into Waldur, once, by a command of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.runtime.one_shots import PartlyFailedError
from waldur_site_agent.runtime.opened import opened_waldur
from waldur_site_agent.sites.component_plan import plan_components
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.sites.component_plan import ComponentChange
    from waldur_site_agent.waldur.gateway import Waldur


def load_components(offering: Offering, configuration: AgentConfiguration, *, dry_run: bool) -> str:
    """Write an offering's components where they differ; says which and how.

    Raises:
        WaldurError: Waldur did not tell what it has.
        PartlyFailedError: some components were not taken; the others were.
    """
    with opened_waldur(offering, configuration) as waldur:
        present = waldur.offerings.get(offering.waldur_offering_uuid).components
        changes = list(plan_components(offering.backend_components, present))
        if not dry_run:
            _write(waldur, offering.waldur_offering_uuid, changes)
    total = len(offering.backend_components)
    done = "would be written" if dry_run else "written"
    return "\n".join([f"{len(changes)} of {total} components {done}", *_lines(changes)])


def _write(waldur: Waldur, offering_uuid: str, changes: Sequence[ComponentChange]) -> None:
    failures = []
    for change in changes:
        try:
            _write_one(waldur, offering_uuid, change)
        except WaldurError as error:
            failures.append(f"{change.component}: {error}")
    if failures:
        written = len(changes) - len(failures)
        raise PartlyFailedError("; ".join([f"{written} components written", *failures]))


def _write_one(waldur: Waldur, offering_uuid: str, change: ComponentChange) -> None:
    if change.uuid is None:
        waldur.offerings.create_component(offering_uuid, change.fields)
    else:
        fields = {**change.fields, "uuid": change.uuid.hex}
        waldur.offerings.update_component(offering_uuid, fields)


def _lines(changes: Sequence[ComponentChange]) -> Iterator[str]:
    for change in changes:
        yield f"  {change.component}" + ("" if change.uuid else " (new)")
        for field, (before, now) in change.differences.items():
            yield f"    {field}: {'-' if before is None else before} -> {now}"
