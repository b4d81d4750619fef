"""A message to 100,000 members, sent from its page: the clock dies over it, and nobody is told twice."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.notification import Notification
from tests.admin.composing import event_of, send, write
from tests.admin.staff import Staff
from tests.faults.conftest import StartWorker
from tests.services import wait_until

CROWD, CHUNK = 100_000, 5_000
PAUSE = 0.2  # seconds between two looks, each of which counts the whole crowd
MEMBERS = sa.text("""
    INSERT INTO "user" (email, name, created_at)
    SELECT 'm' || n || '@example.org', 'M' || n, now() FROM generate_series(2, :crowd) AS n""")


class Watcher:
    """Somebody who keeps the page of a message open, and remembers what its bar showed."""

    def __init__(self, staff: Staff, event: int) -> None:
        self._staff, self._path = staff, f"messages/{event}/progress?status=running"
        self.seen: list[int] = []
        self.ended = False

    def look(self) -> int:
        """Ask as the page does, and return how many are reached."""
        html = self._staff.get(self._path, HX_Request="true").text
        shown = re.search(rf'max="{CROWD}" value="(\d+)"', html)
        assert shown, html
        if not self.seen or int(shown[1]) != self.seen[-1]:
            self.seen.append(int(shown[1]))
        self.ended = "hx-get" not in html.partition("</section>")[0]
        return self.seen[-1]


@pytest.mark.postgres_only
def test_a_broadcast_whose_clock_is_killed_in_the_middle_reaches_everybody_once_and_its_bar_moves_to_the_end(
    app: Flask, start: StartWorker
) -> None:
    with app.app_context():
        staff = Staff(app)
        with atomic() as session:
            session.execute(MEMBERS, {"crowd": CROWD})
        event = event_of(send(staff, write(staff, channels=["in_app"]), CROWD))
        watcher = Watcher(staff, event)
        clock = start("clock", CHUNK_SIZE=str(CHUNK))
        wait_until(lambda: watcher.look() > CROWD // 3, 60, PAUSE)
        clock.kill()
        in_the_middle = watcher.look()
        assert in_the_middle < CROWD and not watcher.ended
        start("clock", CHUNK_SIZE=str(CHUNK))
        wait_until(lambda: watcher.look() == CROWD and watcher.ended, 60, PAUSE)

        rows = sa.select(sa.func.count(), sa.func.count(Notification.recipient_id.distinct()))
        everybody = rows.where(Notification.event_id == event, Notification.in_inbox)
        assert db.session.execute(everybody).one() == (CROWD, CROWD)
    assert watcher.seen == sorted(set(watcher.seen))
    assert watcher.seen[0] < in_the_middle < watcher.seen[-1] == CROWD
