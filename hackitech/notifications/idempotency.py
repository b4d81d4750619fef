"""Answer a repeated request as it was answered the first time (IETF draft, Idempotency-Key)."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.errors import Conflict, Invalid
from hackitech.models.idempotency_key import IdempotencyKey

MAX_KEY = 255


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be a repetition: whose, where, its key, and what it asks."""

    user_id: int
    route: str
    key: str
    body: Any

    def fingerprint(self) -> str:
        """Return a hash of the body that ignores the order of its fields."""
        return hashlib.sha256(json.dumps(self.body, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered; `replayed` when it is the answer of an earlier one."""

    status: int
    body: dict[str, Any]
    replayed: bool = False


def recall(session: Session, request: Request) -> Answer | None:
    """Return the earlier answer, or None and hold the key until the transaction ends.

    Raises:
        Conflict: the first request is still in flight.
        Invalid: the key was used with another body, or is unusable.
    """
    if not (0 < len(request.key) <= MAX_KEY and request.key.isprintable()):
        raise Invalid({"Idempotency-Key": [f"From 1 to {MAX_KEY} printable characters."]})
    if not _hold(session, request):
        raise Conflict("A request with this Idempotency-Key is still being answered.")
    found = session.get(IdempotencyKey, (request.user_id, request.route, request.key))
    if found is not None and found.created_at < clock.after(-current_app.config["IDEMPOTENCY_KEEP"]):
        session.delete(found)  # the purge has not come yet
        session.flush()
        found = None
    if found is None:
        return None
    if found.body_hash != request.fingerprint():
        raise Invalid({"Idempotency-Key": ["Used before, with another body."]})
    return Answer(found.status, json.loads(found.response), replayed=True)


def remember(session: Session, request: Request, answer: Answer) -> None:
    """Keep an answer, in the transaction of what it answers for."""
    session.execute(
        sa.insert(IdempotencyKey).values(
            user_id=request.user_id,
            route=request.route,
            key=request.key,
            body_hash=request.fingerprint(),
            status=answer.status,
            response=json.dumps(answer.body),
            created_at=clock.now(),
        )
    )


def _hold(session: Session, request: Request) -> bool:
    """Keep others with the same key out; SQLite's one writer at a time does so by itself."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    name = f"{request.user_id} {request.route} {request.key}"
    lock = sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(name, 0))
    return bool(session.scalar(sa.select(lock)))
