"""Service and course accounts, as the listings of offerings and of providers answer them."""

from collections.abc import Collection, Mapping

from waldur_site_agent_testkit.mastermind.api import listing
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.clock import iso, iso_day
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import (
    AccountState,
    CourseAccount,
    Project,
    ServiceAccount,
)

SERVICE_FILTERS: Mapping[str, listing.Filter[ServiceAccount]] = {
    "project_uuid": listing.uuid(lambda account: account.project.uuid),
    "state": listing.one_of(AccountState, lambda account: account.state),
    "username": listing.exact(lambda account: account.username),
}
COURSE_FILTERS: Mapping[str, listing.Filter[CourseAccount]] = {
    "project_uuid": listing.uuid(lambda account: account.project.uuid),
    "state": listing.one_of(AccountState, lambda account: account.state),
    "username": listing.exact(lambda account: account.user.username),
}


def list_service_accounts(request: Request, projects: Collection[Project]) -> Answer:
    """Answer the service accounts of some projects."""
    every = request.store.state.service_accounts.values()
    return listing.answer(
        request,
        (account for account in every if account.project in projects),
        lambda account: _service_account(request, account),
        filters=SERVICE_FILTERS,
        selects_fields=False,
    )


def list_course_accounts(request: Request, projects: Collection[Project]) -> Answer:
    """Answer the course accounts of some projects."""
    every = request.store.state.course_accounts.values()
    return listing.answer(
        request,
        (account for account in every if account.project in projects),
        lambda account: _course_account(request, account),
        filters=COURSE_FILTERS,
        selects_fields=False,
    )


def _service_account(request: Request, account: ServiceAccount) -> Object:
    return {
        "url": request.url("marketplace-project-service-accounts", account.uuid),
        "username": account.username,
        "token": None,
        "expires_at": None,
        "project": account.project.uuid,
        "customer_abbreviation": account.project.customer.abbreviation,
        **_account(account),
    }


def _course_account(request: Request, account: CourseAccount) -> Object:
    return {
        "url": request.url("marketplace-course-accounts", account.uuid),
        "user_uuid": account.user.uuid,
        "username": account.user.username,
        "email": account.user.email,
        "project": account.project.uuid,
        "project_slug": account.project.slug,
        "project_start_date": None,
        "project_end_date": iso_day(account.project.end_date),
        **_account(account),
    }


def _account(account: ServiceAccount | CourseAccount) -> Object:
    return {
        "uuid": account.uuid,
        "created": iso(account.created),
        "modified": iso(account.modified),
        "state": str(account.state),
        "description": account.description,
        "error_message": "",
        "error_traceback": "",
        "project_uuid": account.project.uuid,
        "project_name": account.project.name,
        "customer_uuid": account.project.customer.uuid,
        "customer_name": account.project.customer.name,
    }
