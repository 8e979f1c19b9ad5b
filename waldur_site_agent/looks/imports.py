"""Answering a request for what could be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.imports.import_pass import answer_request
from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.sites.reads import RARELY_CHANGING
from waldur_site_agent.work.settlements import Done

if TYPE_CHECKING:
    from waldur_site_agent.looks.desk import Desk


def look_at_import(desk: Desk, request_uuid: str) -> Outcome:
    """Answer a request; raises as :func:`answer_request`."""
    role = next(
        role for role in (Role.ORDER_PROCESSING, Role.MEMBERSHIP_SYNC) if role in desk.roles
    )
    with desk.site(role, keep=RARELY_CHANGING) as site:
        answer_request(site, request_uuid, check_stop=desk.check_stop)
    return Outcome(settlement=Done())
