"""What falls due and may not leave yet is held, and leaves later: nothing is dropped."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.digest_service import summarise_due
from hackitech.delivery.dispatch import deliver
from hackitech.delivery.holding import release_held
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.notification_settings import WEEKDAYS, NotificationSettings
from hackitech.models.preference import Preference
from hackitech.models.rules import Rule
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from hackitech.notifications.service import mark_as_read
from tests.delivery.conftest import statuses
from tests.factories import make_user
from tests.mail_server import Mail, MailServer

Announce = Callable[..., Any]
Relay = Callable[[], list[list[int]]]
EVENING = dt.datetime(2026, 11, 22, 21, 30, tzinfo=dt.UTC)
"""Half past ten in Paris, on a Sunday."""
MORNING = EVENING + dt.timedelta(hours=8, minutes=31)
"""A minute past seven."""
NIGHT = [{"days": list(WEEKDAYS), "start": "22:00", "end": "07:00"}]


@pytest.fixture
def at() -> Any:
    """Move the clock to a moment, for as long as the test lasts."""
    travellers = []

    def move(moment: dt.datetime) -> None:
        travellers.append(time_machine.travel(moment, tick=True))
        travellers[-1].start()

    yield move
    for traveller in reversed(travellers):
        traveller.stop()


def settle(user: User, **columns: Any) -> None:
    with atomic() as session:
        session.merge(NotificationSettings(user_id=user.id, **{"quiet_hours": [], **columns}))


def prefer(user: User, frequency: str, key: str = "announcement", enabled: bool = True) -> None:
    with atomic() as session:
        session.add(
            Preference(
                user_id=user.id, notification_type=key, channel="email", enabled=enabled, frequency=frequency
            )
        )


def held() -> list[tuple[str, str | None]]:
    """Return status and hold of the emails, oldest first."""
    db.session.rollback()
    query = sa.select(Delivery.status, Delivery.hold).where(Delivery.channel == "email")
    return [(row.status, row.hold) for row in db.session.execute(query.order_by(Delivery.id))]


def due() -> dt.datetime:
    """Return when the next email falls due."""
    times = sa.select(Delivery.due_at).where(Delivery.channel == "email", Delivery.due_at.is_not(None))
    return min(at for at in db.session.scalars(times) if at is not None)


def read_first(user: User) -> None:
    """Have a member read their oldest notification."""
    oldest = sa.select(sa.func.min(Notification.id)).where(Notification.recipient_id == user.id)
    mark_as_read(db.session.execute(oldest).scalar_one(), user.id)


def text_of(mail: Mail) -> str:
    """Return the plain text of a mail."""
    part = mail.message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def send_all(relay: Relay) -> None:
    """Relay what is due, summaries first as a clock does, and send it."""
    summarise_due()
    for ids in relay():
        deliver("email", ids)


def test_quiet_hours_hold_and_the_morning_brings_one_summary(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    member = make_user(locale="fr")
    settle(member, quiet_hours=NIGHT)
    for number in range(3):
        announce(member.id, title=f"Annonce {number}")
    send_all(relay)
    assert held() == [("held", "quiet_hours")] * 3
    assert smtp_server.messages == []
    assert due() == MORNING.replace(minute=0)

    at(MORNING)
    send_all(relay)
    assert held() == [("digested", "quiet_hours")] * 3 + [("sent", None)]
    [mail] = smtp_server.messages
    assert mail.message["Subject"] == "Pendant tes heures calmes\N{NO-BREAK SPACE}: 3 notifications"
    body = text_of(mail)
    assert [f"Annonce {number}" in body for number in range(3)] == [True] * 3
    assert "/inbox/" in body


def test_a_summary_leaves_out_what_was_read_meanwhile(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    member = make_user()
    settle(member, quiet_hours=NIGHT)
    announce(member.id, title="First")
    announce(member.id, title="Second")
    send_all(relay)
    read_first(member)
    at(MORNING)
    send_all(relay)
    assert statuses() == ["cancelled", "digested", "sent"]
    assert rules()[0] == Rule.ALREADY_READ
    [mail] = smtp_server.messages
    assert mail.message["Subject"] == "During your quiet hours: 1 notification"
    assert "First" not in text_of(mail)


def test_there_is_no_summary_of_nothing(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    member = make_user()
    settle(member, quiet_hours=NIGHT)
    announce(member.id)
    send_all(relay)
    read_first(member)
    at(MORNING)
    send_all(relay)
    assert statuses() == ["cancelled"]
    assert smtp_server.messages == []


def test_urgent_and_mandatory_ones_pass_through_quiet_hours_and_pauses(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    member = make_user()
    settle(member, quiet_hours=NIGHT, paused_until=EVENING + dt.timedelta(days=3), daily_email_limit=1)
    announce(member.id, priority="urgent")
    with atomic():
        notify("account_security_alert", recipients=[member.id], params={"alert": "password_changed"})
    send_all(relay)
    assert statuses() == ["sent", "sent"]


def test_a_pause_ends_in_one_summary(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    member = make_user()
    settle(member, paused_until=EVENING + dt.timedelta(days=3))
    announce(member.id)
    announce(member.id)
    send_all(relay)
    assert held() == [("held", "paused")] * 2
    at(EVENING + dt.timedelta(days=3, seconds=1))
    send_all(relay)
    assert [mail.message["Subject"] for mail in smtp_server.messages] == [
        "During your pause: 2 notifications"
    ]


def test_what_is_released_early_leaves_at_once_unless_another_rule_holds_it(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    member, sleeper = make_user(), make_user()
    settle(member, paused_until=EVENING + dt.timedelta(days=3))
    settle(sleeper, paused_until=EVENING + dt.timedelta(days=3), quiet_hours=NIGHT)
    announce(member.id, sleeper.id)
    send_all(relay)
    for user, quiet in ((member, []), (sleeper, NIGHT)):
        settle(user, paused_until=None, quiet_hours=quiet)
        with atomic() as session:
            release_held(session, user.id, [Rule.PAUSED])
    send_all(relay)
    assert held() == [("digested", "paused"), ("held", "quiet_hours"), ("sent", None)]


def test_releasing_one_rule_leaves_what_others_hold(announce: Announce, relay: Relay, at: Any) -> None:
    at(EVENING)
    member = make_user()
    prefer(member, "weekly")
    announce(member.id)
    send_all(relay)
    with atomic() as session:
        release_held(session, member.id, [Rule.PAUSED, Rule.QUIET_HOURS])
        release_held(session, member.id, [Rule.FREQUENCY], "comment", "email")
        release_held(session, member.id, [Rule.FREQUENCY], "announcement", "push")
    assert due() > clock.now()
    with atomic() as session:
        release_held(session, member.id, [Rule.FREQUENCY], "announcement", "email")
    assert due() <= clock.now()


@pytest.mark.parametrize(
    ("frequency", "until", "subject"),
    [
        ("hourly", EVENING + dt.timedelta(minutes=31), "Your summary of the hour"),
        ("daily", EVENING + dt.timedelta(hours=10), "Your summary of the day"),
        ("weekly", EVENING + dt.timedelta(hours=10), "Your summary of the week"),
    ],
)
def test_a_type_may_come_as_a_summary(
    announce: Announce,
    relay: Relay,
    smtp_server: MailServer,
    at: Any,
    frequency: str,
    until: dt.datetime,
    subject: str,
) -> None:
    at(EVENING)
    member = make_user()
    prefer(member, frequency)
    for number in range(12):
        announce(member.id, title=f"News {number:02}")
    with atomic():
        notify("team_invitation", recipients=[member.id], params={"team": "Rust"})
    send_all(relay)
    assert held() == [("held", "frequency")] * 12 + [("sent", None)]
    at(until)
    send_all(relay)
    mail = smtp_server.messages[-1]
    assert mail.message["Subject"] == f"{subject}: 12 notifications"
    body = text_of(mail)
    assert [number for number in range(12) if f"News {number:02}" in body] == list(range(10))
    assert "2 more" in body


def test_a_daily_limit_holds_what_is_too_much_until_the_next_morning(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING - dt.timedelta(hours=12))
    member = make_user()
    settle(member, daily_email_limit=2)
    for _ in range(5):
        announce(member.id)
    send_all(relay)
    assert held() == [("sent", None)] * 2 + [("held", "daily_limit")] * 3
    at(EVENING + dt.timedelta(hours=10))
    announce(member.id)
    announce(member.id)
    send_all(relay)
    # The summary is an email too: one is left for today.
    assert held()[2:] == [("digested", "daily_limit")] * 3 + [
        ("sent", None),
        ("held", "daily_limit"),
        ("sent", None),
    ]
    assert len(smtp_server.messages) == 4


def test_what_was_too_much_one_day_leaves_the_next_however_busy_its_night(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    noon = EVENING - dt.timedelta(hours=12)
    at(noon)
    member = make_user()
    settle(member, daily_email_limit=2)
    for _ in range(3):
        announce(member.id)
    send_all(relay)
    at(noon + dt.timedelta(hours=15))  # after midnight
    for _ in range(3):
        announce(member.id)
    send_all(relay)
    overflow = [("held", "daily_limit")]
    assert held() == [("sent", None)] * 2 + overflow + [("sent", None)] + overflow * 2
    at(EVENING + dt.timedelta(hours=10))
    send_all(relay)
    assert statuses()[2] == "digested"
    assert len(smtp_server.messages) == 4
    announce(member.id)
    send_all(relay)
    assert len(smtp_server.messages) == 4


def test_escalation_waits_for_the_inbox_and_stops_when_it_was_read(
    relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    reader, absent = make_user(), make_user()
    with atomic():
        notify(
            "room_change",
            recipients=[reader.id, absent.id],
            params={"session": "Rust", "room": "B12"},
            priority="normal",
        )
    send_all(relay)
    assert held() == [("held", "escalation")] * 2
    read_first(reader)
    at(EVENING + dt.timedelta(minutes=16))
    send_all(relay)
    assert statuses() == ["cancelled", "sent"]
    assert [mail.recipients for mail in smtp_server.messages] == [[absent.email]]


def test_direct_ones_leave_though_they_were_read(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    member = make_user()
    announce(member.id)
    read_first(member)
    send_all(relay)
    assert statuses() == ["sent"]


def test_what_was_turned_off_while_it_was_held_does_not_leave(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    member = make_user()
    settle(member, quiet_hours=NIGHT)
    announce(member.id)
    send_all(relay)
    prefer(member, "direct", enabled=False)
    at(MORNING)
    send_all(relay)
    assert statuses() == ["suppressed"]
    assert rules() == [Rule.TURNED_OFF]


def test_what_comes_late_for_its_window_joins_the_next(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    member = make_user()
    prefer(member, "daily")
    announce(member.id)
    announce(member.id)
    send_all(relay)
    late = db.session.scalar(sa.select(sa.func.max(Delivery.id)).where(Delivery.channel == "email"))
    with atomic() as session:  # as if its transaction ended after the summary was made
        session.execute(sa.update(Delivery).where(Delivery.id == late).values(status="created"))
    at(EVENING + dt.timedelta(hours=10))
    summarise_due()
    with atomic() as session:
        session.execute(sa.update(Delivery).where(Delivery.id == late).values(status="held"))
    send_all(relay)
    assert statuses() == ["digested", "held", "sent"]
    at(EVENING + dt.timedelta(hours=34))
    send_all(relay)
    assert statuses() == ["digested", "digested", "sent", "sent"]


def test_a_summary_can_be_switched_off_by_its_own_preference(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    at(EVENING)
    member = make_user()
    settle(member, quiet_hours=NIGHT)
    prefer(member, "direct", "summary", enabled=False)
    announce(member.id)
    send_all(relay)
    at(MORNING)
    send_all(relay)
    assert statuses() == ["digested", "suppressed"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == 2


def rules() -> list[str]:
    return list(
        db.session.scalars(sa.select(Delivery.rule).where(Delivery.channel == "email").order_by(Delivery.id))
    )
