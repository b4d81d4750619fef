"""Email: one address per member, one connection per batch."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.elements import ColumnElement

from hackitech.channels.base import Item, Message, Outcome
from hackitech.channels.circuit import circuit_for
from hackitech.channels.links import absolute, action_link, site_url
from hackitech.channels.mail import Letter, address, compose
from hackitech.channels.mail_templates import Reader, Words, text_and_html
from hackitech.channels.outcomes import outcome_of
from hackitech.channels.retry import backoff
from hackitech.channels.smtp import Mailer
from hackitech.channels.smtp_line import Mail
from hackitech.core import clock
from hackitech.core.i18n import N_
from hackitech.core.signing import unsubscribe_token
from hackitech.models.suppression import Suppression
from hackitech.models.user import User


class EmailChannel:
    """Sends to the address that the platform gave for the member."""

    key = "email"
    label = N_("Email")
    on_demand = False

    def targets(self, people: FromClause) -> tuple[FromClause, ColumnElement[int]]:
        """Leave `people` as they are: everybody has one address."""
        return people, sa.literal(0)

    def target_again(self, people: FromClause, target: ColumnElement[int]) -> FromClause:
        """Leave `people` as they are."""
        return people

    def reachable(self) -> ColumnElement[bool]:
        """Whether the member has an address."""
        return User.email != ""

    def available(self) -> ColumnElement[bool]:
        """Always: there is a mail server, or the catcher of development."""
        return sa.true()

    def refused(self) -> ColumnElement[bool]:
        """Whether the address was refused for good before."""
        return sa.exists().where(Suppression.channel == self.key, Suppression.address == User.email)

    def addresses(self, rows: Iterable[tuple[int, int]]) -> sa.Select[*tuple[Any, ...]]:
        """Select recipient_id, target and email."""
        recipients = {recipient for recipient, _ in rows}
        columns = User.id.label("recipient_id"), sa.literal(0).label("target"), User.email
        return sa.select(*columns).where(User.id.in_(recipients), User.email != "")

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each over one connection, and say at once what became of it.

        One is on its way at a time: what a crash can double is the one whose outcome was not recorded yet.
        """
        drafts = _Drafts()
        with Mailer(current_app.config) as mailer:
            for message, following in zip_longest(messages, messages[1:]):
                yield message, outcome_of(partial(_send, mailer, drafts, message, following))

    def suppress(self, message: Message, reason: str) -> sa.Executable:
        """Return the statement that notes the address as refused."""
        return suppress_address(message.address.email, reason)

    def retry_delay(self, attempts: int) -> float:
        """Return the seconds to wait after that many attempts."""
        return backoff(current_app.config["EMAIL_RETRY_DELAYS"], attempts)

    def retry_for(self, message: Message) -> float:
        """Return how many seconds a mail is tried."""
        return float(current_app.config["EMAIL_RETRY_FOR"])


def suppress_address(address: str, reason: str) -> sa.Executable:
    """Return the statement that notes an address as refused; the first reason stays."""
    row = {"channel": EmailChannel.key, "address": address, "created_at": clock.now()}
    return insert(Suppression).values(**row, reason=reason[:500]).on_conflict_do_nothing()


class _Drafts:
    """Mails that were written before their turn, while the server read another."""

    def __init__(self) -> None:
        self._written: dict[int, Mail | Exception] = {}

    def prepare(self, message: Message | None) -> Mail | None:
        """Write and return a mail; why that fails is raised when it is taken."""
        if message is None:
            return None
        if message.delivery_id not in self._written:
            try:
                self._written[message.delivery_id] = write(message)
            except Exception as failure:
                self._written[message.delivery_id] = failure
        written = self._written[message.delivery_id]
        return written if isinstance(written, Mail) else None

    def take(self, message: Message) -> Mail:
        """Return the mail of a message whose turn it is.

        Raises:
            Permanent, Technical: it cannot be written.
        """
        self.prepare(message)
        written = self._written.pop(message.delivery_id)
        if isinstance(written, Exception):
            raise written
        return written


def _send(mailer: Mailer, drafts: _Drafts, message: Message, following: Message | None) -> None:
    mail = drafts.take(message)
    with circuit_for("smtp").call():
        mailer.send(mail, partial(drafts.prepare, following))


def write(message: Message) -> Mail:
    """Return the mail for a message, in its reader's language.

    Raises:
        Permanent: its address is none.
    """
    to = address(message.recipient_name, message.address.email)
    subject = message.wording.get("subject", message.title)
    unsubscribe = None if message.mandatory else _unsubscribe_url(message)
    link = action_link(message)
    words = Words(
        locale=message.locale,
        title=subject,
        body=message.wording.get("body", message.message),
        items=tuple(Item(item.title, absolute(item.url)) for item in message.items),
        more=message.more,
        action_label=message.action_label,
        has_action=link is not None,
        mandatory=message.mandatory,
        preferences_url=site_url("/preferences"),
        acknowledge=message.acknowledge,
    )
    page = site_url(f"/inbox/{message.notification_id}")
    text, html = text_and_html(words, Reader(message.recipient_name, link or "", unsubscribe or "", page))
    headers = _one_click(unsubscribe) if unsubscribe else {}
    return compose(Letter(to, subject, text, html, f"ntf-{message.dedupe_id}", headers))


def _unsubscribe_url(message: Message) -> str:
    return site_url(f"/u/{unsubscribe_token(message.recipient_id, message.notification_type)}")


def _one_click(url: str) -> dict[str, str]:
    """Return the headers of RFC 8058: a button beside the sender, which posts without a visit."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
