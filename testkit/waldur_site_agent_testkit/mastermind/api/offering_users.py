"""`marketplace-offering-users/`: accounts at offerings and their state machine."""

from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind import membership, transitions
from waldur_site_agent_testkit.mastermind.api import bodies, listing, reach
from waldur_site_agent_testkit.mastermind.api.answers import Conflict, empty, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Handler, Route
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import OfferingUser, OfferingUserState

BASE = "marketplace-offering-users"
FILTERS: Mapping[str, listing.Filter[OfferingUser]] = {
    "offering_uuid": listing.uuid(lambda account: account.offering.uuid),
    "user_uuid": listing.uuid(lambda account: account.user.uuid),
    "state": listing.one_of(OfferingUserState, lambda account: account.state),
    "username": listing.exact(lambda account: account.username),
    "user_username": listing.exact(lambda account: account.user.username),
    "runtime_state": listing.exact(lambda account: account.runtime_state),
    "is_restricted": listing.flag(lambda account: account.is_restricted),
    "query": listing.contains(
        lambda account: account.user.full_name, lambda account: account.username
    ),
    "created": listing.since(lambda account: account.created),
    "created_before": listing.until(lambda account: account.created),
    "modified": listing.since(lambda account: account.modified),
    "modified_before": listing.until(lambda account: account.modified),
}


def render(request: Request, account: OfferingUser) -> Object:
    """Return an account, with those attributes of the user that the offering exposes."""
    offering = account.offering
    return {
        "url": request.url(BASE, account.uuid),
        "uuid": account.uuid,
        "user": request.url("users", account.user.uuid),
        "offering": request.url("marketplace-provider-offerings", offering.uuid),
        "username": account.username,
        "offering_uuid": offering.uuid,
        "offering_name": offering.name,
        "user_uuid": account.user.uuid,
        "created": iso(account.created),
        "modified": iso(account.modified),
        "propagation_date": None,
        "customer_uuid": offering.customer.uuid,
        "customer_name": offering.customer.name,
        "is_restricted": account.is_restricted,
        "state": str(account.state),
        "runtime_state": account.runtime_state,
        "service_provider_comment": account.service_provider_comment,
        "service_provider_comment_url": account.service_provider_comment_url,
        **_consent(request, account),
        **_profile(account),
    }


def _consent(request: Request, account: OfferingUser) -> Object:
    given = membership.has_consent(request.store, account.user, account.offering)
    data: Object = {"user_uuid": account.user.uuid, "has_consent": True}
    return {"has_consent": given, "consent_data": data if given else None}


def _profile(account: OfferingUser) -> Object:
    user, exposed = account.user, account.offering.exposed_fields
    profile: Object = {}
    if "username" in exposed:
        profile["user_username"] = user.username
    if "full_name" in exposed:
        profile["user_full_name"] = user.full_name
        profile["user_first_name"] = user.first_name
        profile["user_last_name"] = user.last_name
    if "email" in exposed:
        profile["user_email"] = user.email
    return profile


def list_all(request: Request) -> Answer:
    """Answer the accounts at the offerings that the user manages."""
    consented: listing.Filter[OfferingUser] = listing.flag(
        lambda account: membership.has_consent(request.store, account.user, account.offering)
    )
    return listing.answer(
        request,
        reach.offering_users(request),
        lambda account: render(request, account),
        filters={**FILTERS, "has_consent": consented},
    )


def retrieve(request: Request) -> Answer:
    """Answer one account."""
    row = render(request, reach.offering_user(request))
    return json_answer(200, listing.select(request, row))


def patch(request: Request) -> Answer:
    """Set the username; a new, non-empty one makes an unfinished account OK."""
    account = reach.offering_user(request)
    body = bodies.read(request, username=Key(bodies.text, null=True))
    if "username" in body:
        membership.name_account(request.store, account, body.text("username"))
    return json_answer(200, render(request, account))


def _action(name: str) -> Handler:
    commented = name.startswith("set_pending_")

    def act(request: Request) -> Answer:
        account = reach.offering_user(request)
        keys = {"comment": Key(bodies.text), "comment_url": Key(bodies.text)}
        body = bodies.read(request, **(keys if commented else {}))
        try:
            account.state = transitions.OFFERING_USER[name].after(account.state)
        except transitions.WrongStateError as error:
            raise Conflict(str(error)) from error
        if commented or name == "set_validation_complete":
            account.service_provider_comment = body.text("comment")
            account.service_provider_comment_url = body.text("comment_url")
        request.store.touch(account)
        return empty()

    return act


ROUTES = (
    Route("GET", f"{BASE}/", list_all),
    Route("GET", f"{BASE}/{{uuid}}/", retrieve),
    Route("PATCH", f"{BASE}/{{uuid}}/", patch),
    *(
        Route("POST", f"{BASE}/{{uuid}}/{name}/", _action(name))
        for name in transitions.OFFERING_USER
    ),
)
