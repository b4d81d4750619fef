"""Apple push: APNs over HTTP/2, with a token that we sign as its provider."""

import json
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from functools import cache, partial
from types import TracebackType
from typing import Any, Self

import httpx
import jwt
from flask import current_app

from hackitech.channels.base import Message, Outcome, Permanent, Technical, Temporary, Withdrawal
from hackitech.channels.circuit import circuit_for
from hackitech.channels.http_post import LARGEST_ANSWER, Answer
from hackitech.channels.outcomes import clean, outcome_of
from hackitech.channels.push_answers import failure_of
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
from hackitech.channels.retry import seconds_until

AT_ONCE, WHEN_CONVENIENT = "10", "5"
PRIORITY = {"low": WHEN_CONVENIENT, "normal": AT_ONCE, "high": AT_ONCE, "urgent": AT_ONCE}
GONE = (410,)
TOKEN_REUSED_FOR = 40 * 60
"""Seconds; Apple refuses a token that is an hour old, and one that is renewed within 20 minutes."""


class Apns:
    """The transport for Apple's devices."""

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each over one connection."""
        with _Service(current_app.config) as service:
            for message in messages:
                yield message, outcome_of(partial(_send, service, message))

    def withdraw(self, withdrawals: list[Withdrawal]) -> Iterator[tuple[Withdrawal, Outcome]]:
        """Tell each app, by a push that shows nothing, to take away what it was sent."""
        with _Service(current_app.config) as service:
            for withdrawal in withdrawals:
                yield withdrawal, outcome_of(partial(_withdraw, service, withdrawal))

    def check(self) -> None:
        """Sign with the key, which raises Technical where it is none."""
        _provider_token(current_app.config).header()


def _send(service: "_Service", message: Message) -> None:
    headers = {
        "apns-push-type": "alert",
        "apns-priority": PRIORITY[message.priority],
        **_identity(message.dedupe_id, time_to_live(message), "push"),
    }
    body = fitted(partial(_shown, message), message, LARGEST_FOR_PHONES)
    service.push(message.address.address, headers, body)


def _shown(message: Message, body: str) -> dict[str, Any]:
    alert = {"title": title(message), "body": body}
    return {"aps": {"alert": alert, "sound": "default"}, **facts(message)}


def _withdraw(service: "_Service", withdrawal: Withdrawal) -> None:
    headers = {
        "apns-push-type": "background",
        "apns-priority": WHEN_CONVENIENT,  # the only one for what shows nothing
        **_identity(withdrawal.dedupe_id, withdrawal_time_to_live(), "withdrawal"),
    }
    body = {"aps": {"content-available": 1}, **withdrawal_facts(withdrawal)}
    service.push(withdrawal.address.address, headers, encoded(body))


def _identity(dedupe_id: str, seconds: int, purpose: str) -> dict[str, str]:
    """Return what is the same for every attempt, and until when Apple tries; 0 is once and now."""
    name = f"{current_app.config['PUBLIC_URL']}/{purpose}/{dedupe_id}"
    return {
        "apns-id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "apns-collapse-id": topic(dedupe_id),
        "apns-expiration": str(int(time.time()) + seconds if seconds else 0),
    }


class _Service:
    """One connection for a batch, opened anew where it was lost; early, the token is renewed only once."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._client: httpx.Client | None = None
        self._renewed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def push(self, device: str, headers: dict[str, str], body: bytes) -> None:
        """Send one push to a device.

        Raises:
            Temporary, Permanent, Technical: by Apple's answer.
        """
        path, token = f"/3/device/{device}", _provider_token(self._config)
        headers = {"apns-topic": self._config["APNS_TOPIC"], **headers}
        with circuit_for("apns").call():
            answer = self._post(path, headers | token.header(), body)
            if _reason(answer) == "ExpiredProviderToken" and not self._renewed:
                self._renewed = True
                token.renew()
                answer = self._post(path, headers | token.header(), body)
            failure = _failure_of(answer)
            if failure:
                raise failure

    def _post(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        kept_open = self._client is not None
        try:
            return self._exchange(path, headers, body)
        except httpx.TransportError as error:
            self._close()
            if not kept_open or isinstance(error, httpx.TimeoutException):
                raise Temporary(f"no answer: {clean(str(error)) or type(error).__name__}") from None
        return self._post(path, headers, body)  # it hung up while nobody spoke; once, on a new line

    def _exchange(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if self._client is None:
            self._client = _connect(self._config)
        with self._client.stream("POST", path, headers=headers, content=body) as response:
            said, ended = _read(response, self._config["HTTP_READ_TIMEOUT"])
        if not ended:
            self._close()  # there is more, which nobody wants
        return Answer(response.status_code, seconds_until(response.headers.get("retry-after")), said)

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _read(response: httpx.Response, seconds: float) -> tuple[bytes, bool]:
    """Return what is said in that time, at most some 64 KiB, and whether it is all."""
    said, deadline = b"", time.monotonic() + seconds
    for piece in response.iter_raw():
        said += piece
        if len(said) > LARGEST_ANSWER or time.monotonic() > deadline:
            return said, False
    return said, True


def _connect(config: Mapping[str, Any]) -> httpx.Client:
    return httpx.Client(
        http1=False,
        http2=True,
        base_url=config["APNS_URL"],
        verify=_tls(),
        trust_env=False,
        timeout=httpx.Timeout(config["HTTP_READ_TIMEOUT"], connect=config["HTTP_CONNECT_TIMEOUT"]),
        headers={"content-type": "application/json", "accept-encoding": "identity"},
    )


@cache
def _tls() -> ssl.SSLContext:
    """Return a context of our own: httpx teaches it HTTP/2, which others who post do not speak."""
    return ssl.create_default_context()


class _ProviderToken:
    """Who we are to Apple: signed once, then reused as they ask."""

    def __init__(self, key: str, key_id: str, team_id: str) -> None:
        self._key, self._key_id, self._team_id = key, key_id, team_id
        self._text, self._issued = "", 0.0

    def header(self) -> dict[str, str]:
        """Return the header that says who sends."""
        if not 0 <= time.time() - self._issued < TOKEN_REUSED_FOR:
            self.renew()
        return {"authorization": f"bearer {self._text}"}

    def renew(self) -> None:
        """Sign anew.

        Raises:
            Technical: the settings hold no key for that.
        """
        now = time.time()
        claims = {"iss": self._team_id, "iat": int(now)}
        try:
            self._text = jwt.encode(claims, self._key, "ES256", {"kid": self._key_id})
        except (ValueError, TypeError, jwt.PyJWTError):
            raise Technical("APNS_KEY is no P-256 key in PEM") from None
        self._issued = now


def _provider_token(config: Mapping[str, Any]) -> _ProviderToken:
    # A PEM in an environment variable often has its line breaks written out.
    key = config["APNS_KEY"].replace("\\n", "\n")
    return _token_of(key, config["APNS_KEY_ID"], config["APNS_TEAM_ID"])


@cache
def _token_of(key: str, key_id: str, team_id: str) -> _ProviderToken:
    return _ProviderToken(key, key_id, team_id)


def _failure_of(answer: Answer) -> Outcome:
    failure = failure_of(answer, GONE)
    if _reason(answer) == "BadDeviceToken":
        return Permanent(str(failure))
    return failure


def _reason(answer: Answer) -> str:
    """Return Apple's word for what is wrong, empty where it gave none."""
    try:
        return str(json.loads(answer.body)["reason"])
    except (ValueError, LookupError, TypeError):
        return ""
