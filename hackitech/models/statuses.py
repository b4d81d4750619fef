"""The life of a delivery, in GOV.UK Notify's words, and the moves that are allowed."""

from enum import StrEnum


class Status(StrEnum):
    CREATED = "created"
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    RETRYING = "retrying"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    SUPPRESSED = "suppressed"
    DIGESTED = "digested"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    TEMPORARY_FAILURE = "temporary-failure"
    PERMANENT_FAILURE = "permanent-failure"
    TECHNICAL_FAILURE = "technical-failure"


_STOPPED = {Status.HELD, Status.SUPPRESSED, Status.DIGESTED, Status.CANCELLED, Status.EXPIRED}

MOVES: dict[Status, set[Status]] = {
    Status.CREATED: _STOPPED | {Status.QUEUED},
    Status.HELD: _STOPPED | {Status.QUEUED},
    Status.QUEUED: _STOPPED | {Status.SENDING},
    Status.RETRYING: _STOPPED | {Status.QUEUED, Status.TEMPORARY_FAILURE},
    Status.SENDING: {
        Status.SENT,
        Status.RETRYING,
        Status.UNKNOWN,
        Status.PERMANENT_FAILURE,
        Status.TECHNICAL_FAILURE,
    },
    Status.UNKNOWN: {Status.SENDING, Status.SENT},
    Status.SENT: {Status.DELIVERED, Status.PERMANENT_FAILURE, Status.TEMPORARY_FAILURE},
}

WAITING = (Status.CREATED, Status.HELD, Status.QUEUED, Status.RETRYING)
"""Not yet handed to a provider: what cancelling still reaches."""
RELAYABLE = (Status.CREATED, Status.HELD, Status.RETRYING)
"""What a relay may claim once it is due."""
FAILURES = (Status.TEMPORARY_FAILURE, Status.PERMANENT_FAILURE, Status.TECHNICAL_FAILURE)
"""What ended badly."""
