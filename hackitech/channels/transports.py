"""How push reaches each kind of device; a transport is loaded when the first of its kind is sent to.

Every process knows the channels, and the worker of push alone sends by them: nobody else has to hold the
libraries of Android and Apple push in memory, and it only where such a device is written to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pkgutil import resolve_name
from typing import Protocol

from flask import current_app

from hackitech.channels.base import Message, Outcome, Technical, Withdrawal


class Transport(Protocol):
    """How one kind of device is reached."""

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each, and say at once what became of it."""

    def withdraw(self, withdrawals: list[Withdrawal]) -> Iterator[tuple[Withdrawal, Outcome]]:
        """Tell each device to take away what it was sent, and say at once what became of it."""

    def check(self) -> None:
        """Look at the settings, without a network.

        Raises:
            Technical: they are of no use; the text names the setting.
        """


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    """Module and class."""
    settings: tuple[str, ...] = ()
    """Without all of them the kind is not reached."""


_SOURCES = {
    "webpush": _Source("hackitech.channels.webpush:WebPush"),
    "fcm": _Source("hackitech.channels.fcm:Fcm", ("FCM_CREDENTIALS",)),
    "apns": _Source(
        "hackitech.channels.apns:Apns", ("APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC")
    ),
}
"""By kind of device."""
TRANSPORTS = tuple(_SOURCES)


def available_kinds() -> list[str]:
    """Return the kinds of device that this server is set up to reach."""
    config = current_app.config
    return [kind for kind, source in _SOURCES.items() if all(config[name] for name in source.settings)]


@cache
def transport_for(kind: str) -> Transport:
    """Return the transport of a kind of device."""
    transport: Transport = resolve_name(_SOURCES[kind].name)()
    return transport


def check_transport(kind: str) -> bool:
    """Return whether this server is set up to reach a kind of device; its settings have been looked at then.

    Raises:
        Technical: some are missing or of no use; the text names them.
    """
    settings = _SOURCES[kind].settings
    missing = [name for name in settings if not current_app.config[name]]
    if missing and len(missing) < len(settings):
        raise Technical(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if not missing:
        transport_for(kind).check()
    return not missing


def check_transports() -> list[str]:
    """Return the kinds of device that this server reaches, once their settings have been looked at.

    Raises:
        Technical: as `check_transport`.
    """
    return [kind for kind in TRANSPORTS if check_transport(kind)]
