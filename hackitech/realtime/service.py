"""What a client is told when its stream opens."""

import datetime as dt

from flask import current_app

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.notifications import queries
from hackitech.realtime import frames
from hackitech.realtime.connections import Connection

MOST_RESUMED = 500


def opening_frames(connection: Connection, after: int | None) -> list[str]:
    """Return the hello and, with `after` (the last notification that the client knows), what it missed.

    Call it once the connection has joined the hub, so that nothing falls in between. What surfaced within
    STREAM_REPEAT is repeated, since a transaction that began earlier may have committed later.
    """
    session, member = db.session(), connection.user_id
    count = queries.unread_count(session, member)
    connection.unread_count = count
    opening = [frames.hello(count, queries.last_id(session, member))]
    if after is None:
        return opening
    repeat = clock.now() - dt.timedelta(seconds=current_app.config["STREAM_REPEAT"])
    start = min(queries.position_of(session, member, after), (repeat, 0))
    rows = queries.surfaced_after(session, member, start, MOST_RESUMED + 1)
    for row in rows[:MOST_RESUMED]:
        opening.append(frames.notification(frames.CREATED, row, connection.locale, count))
    if len(rows) > MOST_RESUMED:
        opening.append(frames.changed(count))
    return opening
