"""Android push: FCM's HTTP v1 interface, spoken in the name of a service account."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from flask import current_app
from google.auth.exceptions import GoogleAuthError
from google.oauth2.service_account import Credentials

from hackitech.channels.base import Message, Outcome, Permanent, Technical, Withdrawal
from hackitech.channels.circuit import circuit_for
from hackitech.channels.endpoints import configured_endpoint
from hackitech.channels.http_post import Answer, Poster
from hackitech.channels.outcomes import clean, outcome_of
from hackitech.channels.push_answers import failure_of, is_busy
from hackitech.channels.push_message import (
    LARGEST_FOR_PHONES,
    encoded,
    facts,
    fitted,
    time_to_live,
    title,
    topic,
    withdrawal_facts,
    withdrawal_time_to_live,
)

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
PRIORITY = {"low": "NORMAL", "normal": "NORMAL", "high": "HIGH", "urgent": "HIGH"}
UNAUTHENTICATED = 401
GONE = (404,)


class Fcm:
    """The transport for Android."""

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each over one connection."""
        with Poster(current_app.config) as poster:
            sender = _Sender(poster)
            for message in messages:
                yield message, outcome_of(partial(_send, sender, message))

    def withdraw(self, withdrawals: list[Withdrawal]) -> Iterator[tuple[Withdrawal, Outcome]]:
        """Tell each app, by a message that shows nothing, to take away what it was sent."""
        with Poster(current_app.config) as poster:
            sender = _Sender(poster)
            for withdrawal in withdrawals:
                yield withdrawal, outcome_of(partial(_withdraw, sender, withdrawal))

    def check(self) -> None:
        """Read the service account, which raises Technical where it is none."""
        _account(current_app.config["FCM_CREDENTIALS"])


def _send(sender: "_Sender", message: Message) -> None:
    largest = LARGEST_FOR_PHONES + len(message.address.address)  # FCM does not count the addressee
    sender.post(fitted(partial(_shown, message), message, largest))


def _shown(message: Message, body: str) -> dict[str, Any]:
    tag = topic(message.dedupe_id)
    return {
        "token": message.address.address,
        "notification": {"title": title(message), "body": body},
        "data": _strings(facts(message)),
        "android": {
            "collapse_key": tag,  # of two that wait for a phone, the last is kept
            "ttl": f"{time_to_live(message)}s",
            "priority": PRIORITY[message.priority],
            "notification": {"tag": tag},  # and of two that it shows
        },
    }


def _withdraw(sender: "_Sender", withdrawal: Withdrawal) -> None:
    android = {"collapse_key": topic(withdrawal.dedupe_id), "ttl": f"{withdrawal_time_to_live()}s"}
    message = {
        "token": withdrawal.address.address,
        "data": _strings(withdrawal_facts(withdrawal)),
        "android": android | {"priority": PRIORITY["normal"]},
    }
    sender.post(encoded(message))


def _strings(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the values as strings, which are all that FCM takes."""
    return {name: str(value) for name, value in data.items()}


class _Sender:
    """Posts for one batch, with a token that it renews at most once before its time."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._renewed = False

    def post(self, message: bytes) -> None:
        """Send a message, in JSON.

        Raises:
            Temporary, Permanent, Technical: by FCM's answer.
        """
        account = _account(current_app.config["FCM_CREDENTIALS"])
        with circuit_for("fcm").call():
            if not account.valid:
                self._renew(account)
            answer = self._exchange(account, message)
            if answer.status == UNAUTHENTICATED and not self._renewed:
                self._renewed = True
                self._renew(account)
                answer = self._exchange(account, message)
            failure = _failure_of(answer)
            if failure:
                raise failure

    def _exchange(self, account: Credentials, message: bytes) -> Answer:
        service = current_app.config["FCM_URL"]
        endpoint = configured_endpoint(f"{service}/v1/projects/{account.project_id}/messages:send")
        headers = {"Authorization": f"Bearer {account.token}", "Content-Type": "application/json"}
        return self._poster.post(endpoint, headers, b'{"message":%s}' % message)

    def _renew(self, account: Credentials) -> None:
        try:
            account.refresh(self._ask_for_token)
        except GoogleAuthError as error:
            raise Technical(f"no token for the service account: {clean(str(error))}") from None

    def _ask_for_token(self, url: str, headers: Mapping[str, str], body: bytes, **_: Any) -> "_TokenAnswer":
        """Post for google-auth; a busy service it does not learn of, since it would wait for it here."""
        answer = self._poster.post(configured_endpoint(url), headers, body)
        failure = failure_of(answer, gone=())
        if failure and is_busy(answer):
            raise failure
        return _TokenAnswer(answer.status, answer.body)


@dataclass(frozen=True, slots=True)
class _TokenAnswer:
    """An answer as google-auth reads it."""

    status: int
    data: bytes


@cache
def _account(text: str) -> Credentials:
    """Return the service account with the token that it has, one for the process."""
    try:
        account: Credentials = Credentials.from_service_account_info(json.loads(text), scopes=[SCOPE])
    except (ValueError, GoogleAuthError) as error:
        raise Technical(f"FCM_CREDENTIALS is no service account: {clean(str(error))}") from None
    if not account.project_id:
        raise Technical("FCM_CREDENTIALS names no project")
    return account


def _failure_of(answer: Answer) -> Outcome:
    failure = failure_of(answer, GONE)
    if isinstance(failure, Technical) and _refuses_token(answer):
        return Permanent(str(failure))
    return failure


def _refuses_token(answer: Answer) -> bool:
    """Whether FCM says that the device's token is none, which it answers like any other mistake of ours."""
    try:
        details = json.loads(answer.body)["error"]["details"]
        return any(
            violation["field"] == "message.token"
            for detail in details
            for violation in detail.get("fieldViolations", ())
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return False
