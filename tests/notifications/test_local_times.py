"""A time of each recipient's own: every timezone has its turn when its clocks say so, and nobody two."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.user import User
from hackitech.notifications.event_queries import next_event_due
from hackitech.notifications.notify import notify
from hackitech.notifications.schedule_service import advance_due_event
from tests.callers import Caller, People, errors_of, make_caller
from tests.factories import make_user
from tests.notifications.mailbox import FUTURE, create, created, make_topic

KIRITIMATI, LORD_HOWE, PARIS, NEW_YORK = (
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
    "Europe/Paris",
    "America/New_York",
)
MORNING = "2027-03-10T09:00:00"
TURNS = {
    KIRITIMATI: "2027-03-09T19:00Z",
    LORD_HOWE: "2027-03-09T22:00Z",
    PARIS: "2027-03-10T08:00Z",
    NEW_YORK: "2027-03-10T14:00Z",
}
BEFORE = "2027-03-08T00:00Z"


def at(moment: str) -> dt.datetime:
    return dt.datetime.fromisoformat(moment)


@pytest.fixture
def sender(people: People) -> Caller:
    """An administrator whose token outlasts the times that tests travel to; nobody else is there."""
    with atomic() as session:
        session.execute(sa.text("UPDATE api_token SET expires_at = '2199-01-01'"))
    return people.admin


@pytest.fixture
def everywhere(sender: Caller) -> dict[str, int]:
    """A member in each timezone, by its name."""
    return {zone: make_user(timezone=zone).id for zone in (NEW_YORK, PARIS, KIRITIMATI, LORD_HOWE)}


def let_pass(moment: str, seconds: float = 0) -> None:
    """Do what a clock does at a moment, or so much after it."""
    with time_machine.travel(at(moment) + dt.timedelta(seconds=seconds), tick=False):
        while advance_due_event():
            pass


def told() -> list[int]:
    """Return who has a copy, the first first."""
    db.session.rollback()
    return list(db.session.scalars(sa.select(Notification.recipient_id).order_by(Notification.id)))


def progress(sender: Caller, event: int) -> tuple[str, int, int]:
    answer = sender.get(f"events/{event}/").get_json()
    return answer["status"], answer["done"], answer["total"]


def schedule(sender: Caller, members: Any, **fields: Any) -> int:
    """Create an event for nine in the morning, the day before, and return its id."""
    with time_machine.travel(at(BEFORE), tick=False):
        made = created(sender, recipients=list(members), send_at_local=MORNING, **fields)
    assert (made["status"], made["send_at_local"], made["send_at"]) == ("scheduled", MORNING, None)
    return int(made["id"])


def move(member: int, zone: str) -> None:
    with atomic() as session:
        session.execute(sa.update(User).where(User.id == member).values(timezone=zone))


def test_each_timezone_has_its_turn(sender: Caller, everywhere: dict[str, int]) -> None:
    event = schedule(sender, everywhere.values())
    done: list[int] = []
    for number, (zone, turn) in enumerate(TURNS.items(), 1):
        let_pass(turn, -1)
        assert told() == done
        let_pass(turn)
        done.append(everywhere[zone])
        assert told() == done
        assert progress(sender, event) == ("done" if number == 4 else "running", number, 4)
    let_pass(FUTURE)
    assert told() == done


def test_the_clock_knows_when_the_next_turn_is(sender: Caller, everywhere: dict[str, int]) -> None:
    schedule(sender, everywhere.values())
    for turn in TURNS.values():
        db.session.rollback()
        assert next_event_due(db.session()) == at(turn)
        let_pass(turn)
    assert next_event_due(db.session()) is None


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        (PARIS, "2027-03-28T02:30:00", "2027-03-28T01:30Z"),  # clocks go from 2:00 to 3:00
        (NEW_YORK, "2027-11-07T01:30:00", "2027-11-07T05:30Z"),  # from 2:00 back to 1:00
        (LORD_HOWE, "2027-10-03T02:15:00", "2027-10-02T15:45Z"),  # by half an hour, to 2:30
        (KIRITIMATI, "2027-01-01T00:00:00", "2026-12-31T10:00Z"),
    ],
)
def test_clocks_that_are_set_forward_or_back_tell_everybody_once(
    sender: Caller, zone: str, local: str, instant: str
) -> None:
    member = make_user(timezone=zone).id
    with time_machine.travel(at(instant) - dt.timedelta(days=1), tick=False):
        created(sender, recipients=[member], send_at_local=local)
    let_pass(instant, -1)
    assert told() == []
    let_pass(instant)
    let_pass(instant, 7200)
    assert told() == [member]


def test_where_its_time_is_past_it_goes_at_once(sender: Caller, everywhere: dict[str, int]) -> None:
    with time_machine.travel(at("2027-03-10T00:00Z"), tick=False):
        created(sender, recipients=list(everywhere.values()), send_at_local=MORNING)
        while advance_due_event():
            pass
    assert told() == [everywhere[KIRITIMATI], everywhere[LORD_HOWE]]
    let_pass(FUTURE)
    assert len(told()) == 4


def test_who_moves_meanwhile_is_told_once(sender: Caller, everywhere: dict[str, int]) -> None:
    schedule(sender, everywhere.values())
    let_pass(TURNS[LORD_HOWE])
    move(everywhere[LORD_HOWE], NEW_YORK)  # was told; New York is still to come
    move(everywhere[NEW_YORK], KIRITIMATI)  # was not; Kiritimati is over
    let_pass(TURNS[PARIS])
    assert sorted(told()) == sorted(everywhere.values())
    let_pass(TURNS[NEW_YORK])
    assert len(told()) == 4


def test_large_timezones_take_several_steps(sender: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sender.client.application.config, "CHUNK_SIZE", 2)
    members = [make_user(timezone=(PARIS, NEW_YORK)[number % 2]).id for number in range(10)]
    topic = make_topic("rust", *(Caller(sender.client, {}, member) for member in members))
    with time_machine.travel(at(BEFORE), tick=False):
        event = created(sender, topic=topic, send_at_local=MORNING)["id"]
    let_pass(TURNS[PARIS])
    assert told() == members[::2]
    assert progress(sender, event) == ("running", 5, 10)
    let_pass(TURNS[NEW_YORK])
    assert told() == members[::2] + members[1::2]
    assert progress(sender, event) == ("done", 10, 10)


def test_a_step_is_taken_once_whoever_takes_it_again(
    sender: Caller, everywhere: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = schedule(sender, everywhere.values())
    let_pass(TURNS[PARIS])
    with atomic() as session:  # as if a step had been lost that was in fact done
        again = {"zone": KIRITIMATI, "cursor": 0, "due_at": at(TURNS[PARIS])}
        session.execute(sa.update(Event).where(Event.id == event).values(**again))
    let_pass(TURNS[PARIS])
    assert len(told()) == 3


def test_what_is_cancelled_between_turns_reaches_nobody_further(
    sender: Caller, everywhere: dict[str, int]
) -> None:
    event = schedule(sender, everywhere.values())
    let_pass(TURNS[LORD_HOWE])
    with time_machine.travel(at(TURNS[LORD_HOWE]), tick=False):
        assert sender.post(f"events/{event}/cancel/").get_json()["cancelled"] == 2
    let_pass(FUTURE)
    assert len(told()) == 2
    assert progress(sender, event) == ("cancelled", 2, 4)


def test_what_is_retracted_between_turns_is_withdrawn(sender: Caller, everywhere: dict[str, int]) -> None:
    schedule(sender, everywhere.values(), object="project:12")
    let_pass(TURNS[LORD_HOWE])
    with time_machine.travel(at(TURNS[LORD_HOWE]), tick=False):
        sender.post("events/retract/", {"object": "project:12"})
    let_pass(FUTURE)
    hidden = db.session.scalars(sa.select(Notification.place)).all()
    assert hidden == ["hidden", "hidden"]


def test_everybody_and_ones_own_code_have_it_too(sender: Caller, everywhere: dict[str, int]) -> None:
    with time_machine.travel(at(BEFORE), tick=False), atomic():
        notify("announcement", all=True, title="a", message="b", send_at_local=dt.datetime(2027, 3, 10, 9))
    let_pass(TURNS[KIRITIMATI])
    assert told() == [everywhere[KIRITIMATI]]
    let_pass(FUTURE)
    assert len(told()) == db.session.scalar(sa.select(sa.func.count(User.id)))


def test_a_role_has_it_too_zone_by_zone(people: People, sender: Caller) -> None:
    organisers = {zone: make_user("organiser", timezone=zone).id for zone in (PARIS, KIRITIMATI)}
    make_user(timezone=LORD_HOWE)
    with time_machine.travel(at(BEFORE), tick=False):
        event = int(created(sender, role="organiser", send_at_local=MORNING)["id"])
    let_pass(TURNS[KIRITIMATI])
    assert (told(), progress(sender, event)) == ([organisers[KIRITIMATI]], ("running", 1, 3))
    let_pass(FUTURE)
    assert told() == [organisers[KIRITIMATI], people.organiser.id, organisers[PARIS]]
    assert progress(sender, event) == ("done", 3, 3)


def test_a_dry_run_counts_every_timezone(sender: Caller, everywhere: dict[str, int]) -> None:
    body = {"notification_type": "announcement", "title": "a", "message": "b", "send_at_local": MORNING}
    with time_machine.travel(at(BEFORE), tick=False):
        everybody = {**body, "recipients": list(everywhere.values())}
        answer = sender.post("notifications/?dry_run=true", everybody).get_json()
    assert answer["total"] == 4
    assert answer["channels"]["email"] == {"send": {"default_on": 4}}
    assert told() == []


def test_a_single_recipient_is_scheduled_too(sender: Caller, everywhere: dict[str, int]) -> None:
    response = create(sender, recipient=everywhere[PARIS], send_at_local="2020-01-01T09:00")
    assert response.status_code == 202
    while advance_due_event():
        pass
    assert told() == [everywhere[PARIS]]


def test_it_is_a_time_without_a_zone_and_instead_of_another(sender: Caller) -> None:
    member = make_caller(sender.client.application).id
    for value in (
        "2027-03-10T09:00:00Z", "2027-03-10T09:00:00+01:00", "2027-03-10", "x", 5, "2027-02-30T09:00:00",
        "2027-03-10 09:00:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "２027-03-10T09:00:00",
    ):  # fmt: skip
        response = create(sender, recipient=member, send_at_local=value)
        assert list(errors_of(response)) == ["send_at_local"], value
    both = create(sender, recipient=member, send_at_local=MORNING, send_at=FUTURE)
    assert list(errors_of(both)) == ["send_at_local"]
    too_soon = create(
        sender, recipient=member, send_at_local="2198-12-31T12:00:00", expires_at="2199-01-01T00:00Z"
    )
    assert list(errors_of(too_soon)) == ["expires_at"]
    assert create(sender, recipient=member, send_at_local=None).status_code == 201
