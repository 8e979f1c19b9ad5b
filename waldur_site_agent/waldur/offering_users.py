"""People's accounts at an offering, and the states they go through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.offering_users import (
    OfferingUser,
    OfferingUserBrief,
    requested_fields,
)
from waldur_site_agent.waldur.sifting import is_of, is_one_of
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

OFFERING_USERS = "marketplace-offering-users/"


class OfferingUsers:
    """Accounts at an offering. Operations raise ``WaldurError`` when Waldur did not do it.

    Those that set a state raise its kind ``ConflictError`` where the state that the account is in
    does not lead there.
    """

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def list(
        self,
        offering_uuid: UUID | str,
        *,
        states: Iterable[str] | None = None,
        user_uuid: UUID | str | None = None,
        is_restricted: bool | None = None,
        has_consent: bool | None = None,
        exposed_fields: Iterable[str],
    ) -> builtins.list[OfferingUser]:
        """List an offering's users.

        Args:
            offering_uuid: whose users.
            states: of ``OfferingUserState``; None stands for all.
            user_uuid: of this person only.
            is_restricted: False leaves out those whose access an operator withdrew.
            has_consent: True leaves out those who have not agreed to the offering's terms.
            exposed_fields: the personal fields that may be asked for, by the plain names of the
                offering's attribute configuration. Pass none when that cannot be read.
        """
        wanted = tuple(states or ())
        query = filters(
            offering_uuid=hex_of(offering_uuid),
            state=wanted,
            user_uuid=hex_of(user_uuid) if user_uuid else None,
            is_restricted=is_restricted,
            has_consent=has_consent,
            field=requested_fields(exposed_fields),
        )
        return [
            user
            for user in self._rest.list(
                Call.get("offering_users.list", OFFERING_USERS, query), OfferingUser
            )
            if is_of(user.offering_uuid, offering_uuid)
            and is_of(user.user_uuid, user_uuid)
            and is_one_of(user.state, wanted)
            and is_restricted in (None, user.is_restricted)
            and (has_consent is None or user.has_consent in (None, has_consent))
        ]

    def list_brief(
        self, offering_uuid: UUID | str, *, states: Iterable[str] | None = None
    ) -> builtins.list[OfferingUserBrief]:
        """List an offering's users, however many, without their comments and profiles.

        Args:
            offering_uuid: whose users. A server that ignores this filter fails the listing: rows
            states: of ``OfferingUserState``; None stands for all.
        """
        wanted = tuple(states or ())
        query = filters(
            offering_uuid=hex_of(offering_uuid), state=wanted, field=fields_of(OfferingUserBrief)
        )
        call = Call.get("offering_users.list_brief", OFFERING_USERS, query)
        users = self._rest.list(call, OfferingUserBrief)
        return [
            user
            for user in users
            if is_of(user.offering_uuid, offering_uuid) and is_one_of(user.state, wanted)
        ]

    def set_username(self, uuid: UUID | str, username: str) -> None:
        """Write the name at the site. Mastermind makes an account that is being created OK."""
        self._rest.tell(
            Call(
                operation="offering_users.set_username",
                method="PATCH",
                path=_path(uuid),
                body={"username": username},
                repeatable=True,
            )
        )

    def begin_creating(self, uuid: UUID | str) -> None:
        """Requested, or failed → creating."""
        self._act(uuid, "begin_creating")

    def set_pending_account_linking(
        self, uuid: UUID | str, comment: str = "", comment_url: str = ""
    ) -> None:
        """Ask the person to link an account; the comment and the page tell how."""
        self._act(uuid, "set_pending_account_linking", _comment(comment, comment_url))

    def set_pending_additional_validation(
        self, uuid: UUID | str, comment: str = "", comment_url: str = ""
    ) -> None:
        """Ask the person to prove something; the comment and the page tell what."""
        self._act(uuid, "set_pending_additional_validation", _comment(comment, comment_url))

    def set_validation_complete(self, uuid: UUID | str) -> None:
        """What the person was asked for is done → OK; Mastermind clears the comment."""
        self._act(uuid, "set_validation_complete")

    def set_error_creating(self, uuid: UUID | str) -> None:
        """The account could not be created."""
        self._act(uuid, "set_error_creating")

    def set_ok(self, uuid: UUID | str) -> None:
        """The account works, whatever went wrong before."""
        self._act(uuid, "set_ok")

    def request_deletion(self, uuid: UUID | str) -> None:
        """Ask for the account to be removed from the site."""
        self._act(uuid, "request_deletion")

    def set_deleting(self, uuid: UUID | str) -> None:
        """Deletion requested, or failed → deleting."""
        self._act(uuid, "set_deleting")

    def set_deleted(self, uuid: UUID | str) -> None:
        """The account is gone from the site."""
        self._act(uuid, "set_deleted")

    def set_error_deleting(self, uuid: UUID | str) -> None:
        """The account could not be removed."""
        self._act(uuid, "set_error_deleting")

    def _act(self, uuid: UUID | str, action: str, body: Mapping[str, object] | None = None) -> None:
        self._rest.tell(Call.post(f"offering_users.{action}", f"{_path(uuid)}{action}/", body))


def _path(uuid: UUID | str) -> str:
    return f"{OFFERING_USERS}{hex_of(uuid)}/"


def _comment(comment: str, comment_url: str) -> dict[str, object]:
    """Leave out an address that is none: Mastermind checks it for being one."""
    return {"comment": comment, **({"comment_url": comment_url} if comment_url else {})}
