"""What a channel is: who can be reached on it, in SQL, and how a batch of messages is sent."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import sqlalchemy as sa
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.elements import ColumnElement


@dataclass(frozen=True, slots=True)
class Item:
    """One of the things that a summary is about."""

    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery, with all that a channel needs to send it; made while no transaction is open."""

    delivery_id: int
    dedupe_id: str
    """Stable across attempts: Message-ID, push Topic, collapse id."""
    notification_id: int
    notification_type: str
    recipient_id: int
    target: int
    """As in `Delivery.target`: a device's id, or 0."""
    recipient_name: str
    address: Any
    """The row, columns by name, that `addresses()` selected for this recipient and target."""
    locale: str
    timezone: str
    title: str
    message: str
    wording: dict[str, str]
    """The channel's own words, where the type has some (`subject`, `body`)."""
    action_url: str | None
    """Absolute or a path on this site."""
    action_label: str | None
    priority: str
    category: str
    mandatory: bool
    sign_action: bool
    created_at: dt.datetime
    expires_at: dt.datetime | None
    data: dict[str, Any] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    """What a summary is about; `more` says how many others there are."""
    more: int = 0
    acknowledge: bool = False
    """Whether its reader is asked to confirm having taken note."""

    @property
    def text(self) -> str:
        """What it says where there is room for plain text only."""
        return "\n".join([self.message, *(f"• {item.title}" for item in self.items)])


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A delivery that its device is to take away again: it was dealt with elsewhere, or is no more."""

    delivery_id: int
    dedupe_id: str
    """As in the `Message` that it takes back."""
    notification_id: int
    recipient_id: int
    target: int
    address: Any
    unread_count: int
    """The member's, now."""


class Temporary(Exception):
    """It may work later; `retry_after` is in seconds, where the provider named a time."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Permanent(Exception):
    """This address or device is gone for good: suppress it, and it alone."""


class Technical(Exception):
    """We are at fault: alert, keep it to be replayed, suppress nobody."""


Outcome = None | Temporary | Permanent | Technical
"""None: the provider accepted the message."""


class Channel(Protocol):
    """One way to reach a member; the registry lists them all."""

    key: str
    label: str
    """English msgid of its name."""
    on_demand: bool
    """Whether only those who have an address on it hear of it, in their preferences and in "why?"."""

    def targets(self, people: FromClause) -> tuple[FromClause, ColumnElement[int]]:
        """Join what is needed to `people` (it contains `User`) and name the target: a device's id, or 0."""

    def target_again(self, people: FromClause, target: ColumnElement[int]) -> FromClause:
        """Join what is needed to reach a target that each of `people` had, nothing where it is gone."""

    def reachable(self) -> ColumnElement[bool]:
        """Whether there is an address, in the terms of `targets`."""

    def available(self) -> ColumnElement[bool]:
        """Whether this server is set up to reach that kind of address."""

    def refused(self) -> ColumnElement[bool]:
        """Whether that address was suppressed."""

    def addresses(self, rows: Iterable[tuple[int, int]]) -> sa.Select[*tuple[Any, ...]]:
        """Select recipient_id, target and the address's columns for pairs of recipient and target.

        A pair without a row has lost its address since (the device was removed): there is nothing to send.
        """

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each, over one connection where there is one, and say at once what became of it."""

    def suppress(self, message: Message, reason: str) -> sa.Executable:
        """Return the statement that keeps this address from being written to again."""

    def retry_delay(self, attempts: int) -> float:
        """Return the seconds to wait after that many attempts."""

    def retry_for(self, message: Message) -> float:
        """Return the seconds after the first attempt when trying is over."""


@runtime_checkable
class Withdrawing(Channel, Protocol):
    """A channel whose devices can be told to take away what they were sent."""

    def withdraw(self, withdrawals: list[Withdrawal]) -> Iterator[tuple[Withdrawal, Outcome]]:
        """Tell each, and say at once what became of it."""
