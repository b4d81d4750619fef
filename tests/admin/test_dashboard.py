"""The dashboard over HTTP: what waits, what is under way, and the figures of the last days."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from hackitech.channels.registry import CHANNELS
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.queues import enqueue
from hackitech.core.redis import patient_client
from hackitech.core.transaction import atomic
from hackitech.models.daily_figure import DailyFigure
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.notifications.notify import notify
from hackitech.operations.figures_service import count_chunk, count_today
from tests.factories import make_user, sign_in

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> FlaskClient:
    """An administrator's browser."""
    with app.app_context():
        sign_in(client, make_user("admin"))
    return client


def send(count: int = 1) -> int:
    """Send an announcement to as many members and return its event's id."""
    members = [make_user() for _ in range(count)]
    with atomic():
        told = notify("announcement", recipients=members, title="News", message="M")
    return told.event_id


def rows_of(page: str, table: str) -> dict[str, list[str]]:
    """Return a table's rows by their names: the words in each cell."""
    frame = page.partition(f'id="{table}"')[2].partition("</table>")[0].partition("<tbody>")[2]
    rows = {}
    for row in frame.split("<tr>")[1:]:
        cells = [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.split(r"</t[hd]>", row)[:-1]]
        rows[cells[0]] = cells[1:]
    return rows


def tile(page: str, label: str) -> str:
    found = re.search(rf"{label}</dt>\s*<dd class=\"tile__value\">(?:<a[^>]*>)?([^<]*)<", page)
    assert found, f"no tile {label}"
    return found[1]


def test_a_fresh_installation_says_what_to_do_first(admin: FlaskClient) -> None:
    page = admin.get("/admin/").text
    assert "Nothing has been sent yet" in page
    assert 'href="/admin/messages/"' in page and 'href="/admin/topics/"' in page
    assert tile(page, "Deliveries that wait") == "0"
    assert tile(page, "Oldest of them") == "none"


@pytest.mark.usefixtures("db_session")
def test_what_waits_is_told_by_channel(admin: FlaskClient) -> None:
    send(3)
    with atomic() as session:
        waited = clock.after(-7200)
        session.execute(sa.update(Delivery).where(Delivery.due_at.is_not(None)).values(due_at=waited))
    enqueue("email", patient_client(), "nowhere.nothing")

    page = admin.get("/admin/").text

    assert "Nothing has been sent yet" not in page
    assert tile(page, "Deliveries that wait") == "3"
    assert rows_of(page, "waiting") == {
        "Email": ["3", "1", "2 hr. ago"],
        "Push": ["0", "0", "nothing waits"],
        "Webhook": ["0", "0", "nothing waits"],
    }
    assert len(CHANNELS) == 3


@pytest.mark.usefixtures("db_session")
def test_without_redis_queues_are_unknown(
    app: Flask, admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.extensions["redis_gate"], "_skip_until", float("inf"))
    page = admin.get("/admin/")
    assert page.status_code == 200
    assert rows_of(page.text, "waiting")["Email"][1] == "unknown"


@pytest.mark.usefixtures("db_session")
def test_what_is_being_sent_shows_how_far_it_is(admin: FlaskClient) -> None:
    event_id = send()
    half = {"status": "running", "total": 3000, "done": 1500, "due_at": clock.now()}
    with atomic() as session:
        session.execute(sa.update(Event).values(half))

    page = admin.get("/admin/").text

    assert f'href="/admin/messages/{event_id}">News</a>' in page
    assert 'max="3000" value="1500"' in page and "1,500 of 3,000" in page


@pytest.mark.usefixtures("db_session")
def test_failures_are_counted_until_somebody_dealt_with_them(admin: FlaskClient) -> None:
    send(3)
    with atomic() as session:
        mails = sa.update(Delivery).where(Delivery.channel == "email")
        session.execute(mails.values(status="technical-failure", due_at=None))
        one = sa.select(sa.func.min(Delivery.id)).where(Delivery.channel == "email").scalar_subquery()
        session.execute(sa.update(Delivery).where(Delivery.id == one).values(settled_at=clock.now()))

    assert tile(admin.get("/admin/").text, "Failures to mend") == "2"


@pytest.mark.usefixtures("db_session")
def test_figures_stand_in_tables_by_day_channel_and_type(admin: FlaskClient) -> None:
    today = clock.now().date()
    counted = [
        (0, "in_app", "comment", 10, 10, 0, 4),
        (0, "email", "comment", 8, 6, 2, 3),
        (6, "email", "announcement", 1000, 900, 100, 50),
        (7, "email", "announcement", 5, 5, 0, 0),
    ]
    with atomic() as session:
        for days, channel, key, created, sent, failed, read in counted:
            figure = DailyFigure(day=today - dt.timedelta(days=days), channel=channel, notification_type=key)
            figure.created, figure.sent, figure.failed, figure.read = created, sent, failed, read
            figure.computed_at = clock.now()
            session.add(figure)

    page = admin.get("/admin/").text

    by_day = list(rows_of(page, "by-day").values())
    assert by_day[0] == ["1,000", "900", "100", "50"]
    assert by_day[1:6] == [["0"] * 4] * 5
    assert by_day[6] == ["18", "16", "2", "7"]
    assert rows_of(page, "by-channel") == {
        "Inbox": ["10", "10", "0", "4"],
        "Email": ["1,008", "906", "102", "53"],
    }
    assert list(rows_of(page, "by-type").values()) == [["1,000", "900", "100", "50"], ["18", "16", "2", "7"]]
    assert list(rows_of(page, "sent-by-day").values())[6] == ["10", "6"]
    assert tile(page, "Created") == "1,018"


@pytest.mark.usefixtures("db_session")
def test_a_refresh_brings_figures_only_where_they_were_counted_anew(admin: FlaskClient) -> None:
    send()
    fresh = admin.get("/admin/?counted=", headers=FRAGMENT).text
    assert fresh.lstrip().startswith('<section class="stack" id="live"') and 'id="figures"' not in fresh

    count_chunk(count_today(), 1000)
    counted = admin.get("/admin/?counted=", headers=FRAGMENT).text
    assert 'id="figures"' in counted and 'hx-swap-oob="true"' in counted

    address = re.search(r'hx-get="([^"]+)"', counted)
    assert address
    assert 'id="figures"' not in admin.get(address[1], headers=FRAGMENT).text


def figures(admin: FlaskClient) -> str:
    return admin.get("/admin/").text.partition('id="figures"')[2]


@pytest.mark.usefixtures("db_session")
def test_old_figures_say_so(admin: FlaskClient) -> None:
    send()
    count_chunk(count_today(), 1000)
    assert "state--warning" not in figures(admin)
    with atomic() as session:
        session.execute(sa.update(DailyFigure).values(computed_at=clock.after(-7200)))
    assert "Counted 2 hr. ago" in figures(admin).partition("state--warning")[2]


def test_organisers_are_led_to_their_messages_and_members_sent_away(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        sign_in(client, make_user("organiser"))
    assert client.get("/admin/").location == "/admin/messages/"
    with app.app_context():
        sign_in(client, make_user())
        assert db.session.scalar(sa.select(sa.func.count()).select_from(DailyFigure)) == 0
    assert client.get("/admin/").status_code == 403
