"""The grant number that ties a Waldur project to one on MUP."""

from __future__ import annotations

from waldur_site_agent.backend.exceptions import BackendError


def grant_number(project_name: str) -> str:
    """Read the grant number out of a Waldur project's name: its second part between slashes.

    ``EHPC-AIF-FL / EHPC-ANF-2020FL01-114 / Description`` is about ``EHPC-ANF-2020FL01-114``.

    Raises:
        BackendError: the name has no such part.
    """
    parts = [part.strip() for part in project_name.split("/")]
    grant = parts[1] if len(parts) > 1 else ""
    if grant:
        return grant
    raise BackendError(
        f"The project's name {project_name!r} holds no grant number. It is to be the second part "
        "between slashes, as in 'Programme / GRANT-NUMBER / Title': rename the project in Waldur."
    )
