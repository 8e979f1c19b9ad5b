"""The enumerations that decisions are made on.

Fields hold ``Label``, which compares equal to these; a value that is missing here is no error.
"""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands."""

    PENDING_CONSUMER = "pending-consumer"
    PENDING_PROVIDER = "pending-provider"
    PENDING_PROJECT = "pending-project"
    PENDING_START_DATE = "pending-start-date"
    EXECUTING = "executing"
    DONE = "done"
    ERRED = "erred"
    CANCELED = "canceled"
    REJECTED = "rejected"


class OrderType(StrEnum):
    """What an order asks for."""

    CREATE = "Create"
    UPDATE = "Update"
    TERMINATE = "Terminate"
    RESTORE = "Restore"


class ResourceState(StrEnum):
    """What Waldur knows of a resource's life."""

    CREATING = "Creating"
    OK = "OK"
    ERRED = "Erred"
    UPDATING = "Updating"
    TERMINATING = "Terminating"
    TERMINATED = "Terminated"


class OfferingUserState(StrEnum):
    """How far a person's account at an offering has come."""

    REQUESTED = "Requested"
    CREATING = "Creating"
    PENDING_ACCOUNT_LINKING = "Pending account linking"
    PENDING_ADDITIONAL_VALIDATION = "Pending additional validation"
    OK = "OK"
    ERROR_CREATING = "Error creating"
    REQUESTED_DELETION = "Requested deletion"
    DELETING = "Deleting"
    DELETED = "Deleted"
    ERROR_DELETING = "Error deleting"


class BillingType(StrEnum):
    """How a component of an offering is charged."""

    FEW = "few"
    FIXED = "fixed"
    LIMIT = "limit"
    ONE = "one"
    USAGE = "usage"


class AccountState(StrEnum):
    """Whether a service or course account is in use."""

    OK = "OK"
    PENDING = "Pending"
    CLOSED = "Closed"
    ERRED = "Erred"


class MembershipSyncState(StrEnum):
    """How far a grant of access has got at the backend."""

    SYNCED = "synced"
    PENDING = "pending"
    ERROR = "error"
    MISSING_IN_IDP = "missing_in_idp"


class ApiKeyState(StrEnum):
    """Where an API key of a resource stands."""

    CREATING = "Creating"
    OK = "OK"
    UPDATING = "Updating"
    ERRED = "Erred"


class ImportRequestState(StrEnum):
    """How far a request for what may be imported has come."""

    SENT = "Sent"
    PROCESSING = "Processing"
    DONE = "Done"
    ERRED = "Erred"
