"""The life of deliveries at the hands of clocks, workers, senders, readers and time, in any order.

A state machine for hypothesis: each rule does one thing that one of them may do, and after each all
deliveries are compared with what they were before.
"""

import contextlib
import datetime as dt
from typing import Any

import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hackitech.bounces.service import take_report
from hackitech.channels.base import Message, Outcome, Permanent, Technical, Temporary
from hackitech.channels.circuit import CircuitOpen
from hackitech.channels.registry import get_channel
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.errors import Conflict, NotFound, Unavailable
from hackitech.core.transaction import atomic
from hackitech.delivery.digest_service import summarise_due
from hackitech.delivery.dispatch import claim
from hackitech.delivery.holding import release_held
from hackitech.delivery.outbox import claim_due
from hackitech.delivery.recording import recording, release
from hackitech.delivery.replay_service import DROP, REPLAY, SELECTION, settle_selection
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.notification_settings import WEEKDAYS, NotificationSettings
from hackitech.models.preference import FREQUENCIES, Preference
from hackitech.models.rules import Rule
from hackitech.models.statuses import FAILURES
from hackitech.models.user import User
from hackitech.notifications import event_service, service
from hackitech.notifications.notify import notify
from hackitech.notifications.schedule_service import advance_due_event
from tests.database import delete_all_rows
from tests.delivery.watch import Watch
from tests.factories import make_user

CHANNEL = "email"
START = dt.datetime(2027, 3, 27, 20, 45, tzinfo=dt.UTC)
"""In the quiet hours of the evening before Paris changes to summer time."""
NIGHT = [{"days": list(WEEKDAYS), "start": "21:30", "end": "07:00"}]
LIMIT = 2
MEMBERS = 2
QUIET_ONE = 1

WORDS: dict[str, Any] = {"title": "A title", "message": "A message"}
TYPES = st.sampled_from(["announcement", "room_change", "team_invitation", "password_reset"])
OBJECTS = st.sampled_from(["project:1", "project:2", "project:3", "project:4"])
CONTENTS = st.fixed_dictionaries(
    {
        "object": OBJECTS,
        "expires_in": st.sampled_from([None, None, 1_000]),
        "send_in": st.sampled_from([0, 0, 300]),
    }
)
MEMBER = st.integers(0, MEMBERS - 1)
ANY = st.integers(0, 10**6)
SECONDS = st.sampled_from([1, 31, 301, 3_700, 12 * 3_600, 80 * 3_600])
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.none(),
    st.just(Permanent("550 no such user")),
    st.just(Technical("554 refused")),
    st.builds(Temporary, st.just("451 later"), st.sampled_from([None, 5.0, 600.0])),
    st.builds(CircuitOpen, st.just(30.0)),
)
REPORTS = st.sampled_from(
    [
        {"type": "delivered"},
        {"type": "bounce", "kind": "soft"},
        {"type": "bounce", "kind": "hard"},
        {"type": "complaint"},
    ]
)


class Life(RuleBasedStateMachine):
    """Members, what is sent to them, jobs that wait, and messages that workers have in hand."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self._context = self.app.app_context()
        self._context.push()
        self._traveller = time_machine.travel(START, tick=False)
        self._time = self._traveller.start()
        self.jobs: list[list[int]] = []
        self.hands: list[Message] = []
        self.watch = Watch(CHANNEL)

    def teardown(self) -> None:
        """Leave an empty database and the true time."""
        self._traveller.stop()
        db.session.remove()
        delete_all_rows(db.engine)
        self._context.pop()

    @initialize(contents=st.lists(st.tuples(TYPES, MEMBER, CONTENTS), min_size=4, max_size=8))
    def begin(self, contents: list[Any]) -> None:
        self.members = [make_user().id for _ in range(MEMBERS)]
        self.settle(QUIET_ONE, quiet=True, paused=False, limited=True)
        for key, who, content in contents:
            self.send(key, who, content)

    # --- Senders ---

    @rule(key=TYPES, who=MEMBER, content=CONTENTS)
    def send(self, key: str, who: int, content: dict[str, Any]) -> None:
        fields: dict[str, Any] = {**WORDS, "object": content["object"]}
        if content["expires_in"]:
            fields["expires_at"] = clock.after(content["expires_in"])
        if content["send_in"]:
            fields["send_at"] = clock.after(content["send_in"])
        with atomic():
            notify(key, recipients=[self.members[who]], **fields)

    @precondition(lambda self: self.watch.known)
    @rule(which=ANY)
    def cancel(self, which: int) -> None:
        event_service.cancel_event(self._one_of(Event.id, which), None)

    @precondition(lambda self: self.watch.known)
    @rule(which=ANY)
    def pause(self, which: int) -> None:
        with contextlib.suppress(Conflict):  # it is over
            event_service.pause_event(self._one_of(Event.id, which), None)

    @precondition(lambda self: self.watch.known)
    @rule(which=ANY)
    def resume(self, which: int) -> None:
        with contextlib.suppress(Conflict):
            event_service.resume_event(self._one_of(Event.id, which), None)

    @rule(about=OBJECTS)
    def retract(self, about: str) -> None:
        event_service.retract(about, None)

    # --- Members ---

    @precondition(lambda self: self.watch.known)
    @rule(which=ANY)
    def read(self, which: int) -> None:
        id_ = self._one_of(Notification.id, which)
        owner = db.session.scalar(sa.select(Notification.recipient_id).where(Notification.id == id_)) or 0
        with contextlib.suppress(NotFound):  # retracted
            service.act(id_, owner, "read")

    @rule(who=MEMBER, quiet=st.booleans(), paused=st.booleans(), limited=st.booleans())
    def settle(self, who: int, quiet: bool, paused: bool, limited: bool) -> None:
        wishes = {
            "quiet_hours": NIGHT if quiet else [],
            "paused_until": clock.after(3_600) if paused else None,
            "daily_email_limit": LIMIT if limited else None,
        }
        with atomic() as session:
            session.merge(NotificationSettings(user_id=self.members[who], **wishes))
            release_held(session, self.members[who], [Rule.QUIET_HOURS, Rule.PAUSED, Rule.DAILY_LIMIT])

    @rule(who=MEMBER, key=TYPES, frequency=st.sampled_from(FREQUENCIES), enabled=st.booleans())
    def prefer(self, who: int, key: str, frequency: str, enabled: bool) -> None:
        pair = {"user_id": self.members[who], "notification_type": key, "channel": CHANNEL}
        with atomic() as session:
            session.execute(sa.delete(Preference).filter_by(**pair))
            session.add(Preference(**pair, enabled=enabled, frequency=frequency))
            release_held(session, self.members[who], [Rule.FREQUENCY], key, CHANNEL)

    @rule(who=MEMBER, active=st.booleans())
    def enable(self, who: int, active: bool) -> None:
        self._set(self.members[who], active=active)

    @rule(email=st.sampled_from(["", "somewhere@example.org"]))
    def move(self, email: str) -> None:
        self._set(self.members[0], email=email)

    # --- Administrators ---

    @precondition(lambda self: self.watch.known)
    @rule(which=ANY, action=st.sampled_from([REPLAY, REPLAY, DROP]))
    def settle_failures(self, which: int, action: str) -> None:
        failed = [row.id for row in self.watch.known.values() if row.status in FAILURES]
        ids = failed[which % len(failed) :] if failed else []
        settle_selection(action, ids[:SELECTION], self.members[0])

    # --- The mail provider ---

    @precondition(lambda self: self.watch.known)
    @rule(which=ANY, report=REPORTS)
    def report(self, which: int, report: Any) -> None:
        row = list(self.watch.known.values())[which % len(self.watch.known)]
        message_id = f"<ntf-{row.id}-{row.generation}@example.org>"
        whole: Any = {**report, "address": "a@example.org", "message_id": message_id, "at": clock.now()}
        with contextlib.suppress(Unavailable):  # it is being sent
            take_report(whole)

    # --- Clocks ---

    @rule()
    def relay(self) -> None:
        with atomic() as session:
            claimed = claim_due(session, CHANNEL, 3, 30.0)
        if claimed.ids:
            self.jobs.append(claimed.ids)

    @rule()
    def summarise(self) -> None:
        summarise_due()

    @rule()
    def advance(self) -> None:
        advance_due_event()

    @rule(seconds=SECONDS)
    def wait(self, seconds: int) -> None:
        self._time.shift(seconds)

    @rule()
    def wait_until_something_is_due(self) -> None:
        times = [row.due_at for row in self.watch.known.values() if row.due_at and row.due_at > clock.now()]
        if times:
            self._time.move_to(min(times))

    # --- Workers ---

    @rule(which=ANY, twice=st.booleans())
    def take_job(self, which: int, twice: bool) -> None:
        self.relay()
        self.look()
        if self.jobs:
            place = which % len(self.jobs)
            ids = self.jobs[place] if twice else self.jobs.pop(place)
            self.hands += claim(get_channel(CHANNEL), ids)

    @precondition(lambda self: self.hands)
    @rule(which=ANY, outcomes=st.lists(OUTCOMES, min_size=1, max_size=3))
    def hear(self, which: int, outcomes: list[Outcome]) -> None:
        with recording(get_channel(CHANNEL)) as recorder:
            for outcome in outcomes[: len(self.hands)]:
                recorder.record(self.hands.pop(which % len(self.hands)), outcome)

    @rule(outcome=OUTCOMES)
    def work(self, outcome: Outcome) -> None:
        self.summarise()
        self.look()
        self.relay()
        while self.jobs:
            self.take_job(0, twice=False)
        self.look()
        self.hear(0, [outcome] * len(self.hands))

    @precondition(lambda self: self.hands)
    @rule()
    def stop_orderly(self) -> None:
        with atomic() as session:
            release(session, [message.delivery_id for message in self.hands])
        self.hands.clear()

    @precondition(lambda self: self.hands)
    @rule()
    def die(self) -> None:
        self.hands.clear()

    # --- What always holds ---

    @invariant()
    def look(self) -> None:
        self.watch.look()

    def _set(self, member: int, **columns: Any) -> None:
        with atomic() as session:
            session.execute(sa.update(User).where(User.id == member).values(**columns))

    def _one_of(self, column: Any, which: int) -> int:
        ids = list(db.session.scalars(sa.select(column).order_by(column)))
        return int(ids[which % len(ids)])
