"""The log: its filters, its pages, and the timeline of one notification."""

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from hackitech.admin import log_view
from hackitech.admin.rules_view import RULE_WORDS
from hackitech.catalog.lookup import forget_types
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.notification import Notification
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status
from hackitech.models.user import User
from hackitech.notifications import log_queries
from hackitech.notifications.explanation import LOG_TEXTS
from hackitech.notifications.log_queries import first_id_since
from tests.admin.logged import all_pages, became, days_ago, event_of, link, log, titles, titles_of, told
from tests.callers import make_caller
from tests.factories import make_user, sign_in
from tests.notifications.crowd import fill
from tests.notifications.mailbox import make_topic
from tests.notifications.statements import watched

HTMX = {"HX-Request": "true"}


@pytest.fixture
def admin(client: FlaskClient, db_session: object) -> User:
    """An administrator, who is signed in with `client`."""
    user = make_user("admin", name="Ada")
    sign_in(client, user)
    return user


@pytest.fixture
def ana(admin: User) -> User:
    return make_user(name="Ana Sousa", email="ana@example.org")


@pytest.fixture
def bo(admin: User) -> User:
    return make_user(name="Bo", email="bo@example.org")


def test_it_lists_what_everybody_was_told_the_newest_first(client: FlaskClient, ana: User, bo: User):
    told(ana, bo, title="Both")
    told(ana, title="<b>Ana</b> & co")
    assert titles(client) == ["<b>Ana</b> & co", "Both", "Both"]
    page = log(client).text
    assert "Ana Sousa" in page and "Announcement" in page


@pytest.mark.sqlite_only
def test_only_administrators_find_it(client: FlaskClient, make_client: Any, db_session: object):
    copy = told(make_user())
    for role, status in (("member", 403), ("organiser", 403), ("admin", 200)):
        sign_in(client, make_user(role))
        assert [client.get(f"/admin/log/{path}").status_code for path in ("", copy)] == [status, status]
    assert make_client().get("/admin/log/").status_code == 303


def test_it_is_found_by_status_and_channel_together(client: FlaskClient, ana: User):
    sent, failed = told(ana, title="Sent"), told(ana, title="Failed")
    became(sent, "email", "sent")
    became(sent, "push", "permanent-failure")
    became(failed, "email", "technical-failure")
    became(failed, "push", "suppressed")
    assert titles(client, status="sent") == ["Sent"]
    assert titles(client, status="failed") == ["Failed", "Sent"]
    assert titles(client, status="failed", channel="email") == ["Failed"]
    assert titles(client, status="failed", channel="push") == ["Sent"]
    assert titles(client, status="sent", channel="push") == []
    assert titles(client, channel="push") == ["Sent"], "what was meant to go there"


def test_the_inbox_is_a_channel_like_the_others(client: FlaskClient, ana: User):
    there, not_there = told(ana, title="There"), told(ana, title="Not there")
    with atomic() as session:
        session.execute(sa.update(Delivery).values(status="held"))
        hidden = sa.update(Notification).where(Notification.id == not_there)
        session.execute(hidden.values(in_inbox=False, in_app_rule="turned_off"))
    assert there < not_there
    assert titles(client, channel="in_app") == ["There"]
    assert titles(client, channel="in_app", status="suppressed") == ["Not there"]
    assert titles(client, channel="in_app", status="failed") == []
    assert titles(client, status="delivered") == ["There"]
    assert titles(client, status="suppressed") == ["Not there"]


@pytest.mark.parametrize("status", log_view.STATUSES)
def test_every_status_is_found(status: str, client: FlaskClient, ana: User):
    found = told(ana, title="This")
    for stored in log_view.STATUSES[status][1]:
        became(found, "email", stored)
        assert titles(client, status=status, channel="email") == ["This"]
    assert titles(client, status="held" if status != "held" else "sent", channel="email") == []


@pytest.mark.sqlite_only
def test_there_is_a_filter_for_every_status_and_words_for_every_rule():
    assert {status for _, statuses in log_view.STATUSES.values() for status in statuses} == set(Status)
    assert set(RULE_WORDS) == set(Rule)
    assert set(LOG_TEXTS) == set(Status)


def test_it_is_found_by_type_topic_and_words(app: Flask, client: FlaskClient, ana: User):
    make_topic("rust", make_caller(app))
    told(ana, title="Une équipe")
    told(ana, title="Comment", notification_type="comment")
    told(title="In a topic", topic="rust")
    assert titles(client, type="comment") == ["Comment"]
    assert titles(client, topic="rust") == ["In a topic"]
    assert titles(client, q="EQUIPE") == ["Une équipe"]
    assert titles(client, q="100%") == []


def test_it_is_found_by_person(client: FlaskClient, ana: User, bo: User):
    told(ana, title="For Ana")
    told(bo, title="For Bo")
    for asked in (ana.id, "ana@example.org", "ANA@example.org", "sousa"):
        assert titles(client, person=asked) == ["For Ana"]
    assert titles(client, person=10**18) == []


def test_namesakes_are_to_be_chosen_from(client: FlaskClient, ana: User):
    other = make_user(name="Ana Lima")
    told(ana, title="For one")
    told(other, title="For the other")
    page = log(client, person="ana", status="delivered")
    assert titles_of(page) == []
    choice = re.findall(r'href="(/admin/log/\?[^"]*person=\d+[^"]*)">(Ana [^<]+)', page.text)
    assert {name for _, name in choice} == {"Ana Sousa", "Ana Lima"}
    assert all("status=delivered" in address for address, _ in choice)


def test_it_is_found_by_message(client: FlaskClient, ana: User, bo: User):
    mine = told(ana, bo, title="Both")
    told(ana, title="Other")
    event = event_of(mine)
    assert titles(client, event=event) == ["Both", "Both"]
    assert titles(client, event=event, person=ana.id) == ["Both"]
    assert titles(client, event=event + 100) == []


def test_it_is_found_by_time_on_the_readers_clock(client: FlaskClient, ana: User):
    for day in (30, 20, 10, 0):
        days_ago(told(ana, title=f"{day} days ago"), day)
    then = (now() - dt.timedelta(days=20)).date().isoformat()
    later = (now() - dt.timedelta(days=15)).strftime("%Y-%m-%dT%H:%M")
    assert titles(client, to=later) == ["20 days ago", "30 days ago"]
    assert titles(client, **{"from": later}) == ["0 days ago", "10 days ago"]
    assert titles(client, person=ana.id, **{"from": then, "to": later}) == ["20 days ago"]
    assert titles(client, **{"from": "2001-01-01", "to": "2001-02-01"}) == []
    assert titles(client, **{"from": "2199-01-01"}) == []


def test_halving_finds_where_the_ids_of_a_time_begin(client: FlaskClient, ana: User):
    assert first_id_since(db.session(), now()) == 1, "in an empty log, anywhere"
    copies = [told(ana) for _ in range(9)]
    for days, copy in zip(range(9, 0, -1), copies, strict=True):
        days_ago(copy, days)
    with atomic() as session:
        session.execute(sa.delete(Notification).where(Notification.id.in_(copies[2:5])))
    left = copies[:2] + copies[5:]
    at = {copy: db.session.get_one(Notification, copy).created_at for copy in left}
    for copy in left:
        assert first_id_since(db.session(), at[copy]) <= copy
        assert [one for one in left if one >= first_id_since(db.session(), at[copy])] == left[
            left.index(copy) :
        ]
    assert first_id_since(db.session(), now()) > copies[-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"event": "abc"}, "event"),
        ({"event": "-1"}, "event"),
        ({"from": "tomorrow"}, "from"),
        ({"to": "9999-12-31T23:59"}, "to"),
        ({"person": "nobody at all"}, "person"),
        ({"person": "x@example.org"}, "person"),
    ],
)
def test_what_means_nothing_is_said_beside_its_field(
    query: dict[str, str], field: str, client: FlaskClient, ana: User
):
    told(ana)
    page = log(client, **query)
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text and f'href="#{field}"' in page.text
    assert query[field] in page.text, "what was typed stays"


def test_what_there_is_not_narrows_nothing(client: FlaskClient, ana: User):
    told(ana)
    assert titles(client, status="splendid", channel="pigeon", type="gossip", colour="red") == ["News"]


def test_hostile_values_are_refused_or_found_nowhere(client: FlaskClient, ana: User):
    told(ana)
    assert log(client, q="a\x00b").status_code == 422
    assert log(client, cursor="no-cursor").status_code == 422
    assert log(client, cursor="WzAsMV0").status_code == 200
    for field in ("q", "topic"):
        assert titles(client, **{field: "%' OR 1=1 --" + "x" * 5000}) == []
    assert client.get("/admin/log/0").status_code == 404
    assert client.get(f"/admin/log/{10**30}").status_code == 404


@pytest.mark.parametrize("by", ["everybody", "person", "event", "status"])
def test_every_row_is_on_one_page(by: str, client: FlaskClient, ana: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(log_view, "PAGE_SIZE", 3)
    others = [make_user() for _ in range(4)]
    wide = told(ana, *others, title="Wide")
    for number in range(7):
        told(ana, title=f"No. {number}")
    query = {
        "everybody": "",
        "person": f"?person={ana.id}",
        "event": f"?event={event_of(wide)}",
        "status": "?status=delivered&channel=in_app",
    }
    mine, crowd = [f"No. {number}" for number in range(6, -1, -1)], ["Wide"] * 5
    expected = {"everybody": mine + crowd, "person": [*mine, "Wide"], "event": crowd, "status": mine + crowd}
    pages = all_pages(client, f"/admin/log/{query[by]}")
    assert [title for page in pages for title in page] == expected[by]
    assert [len(page) for page in pages[:-1]] == [3] * (len(pages) - 1)


def test_a_filter_that_finds_little_says_how_far_it_looked(
    client: FlaskClient, ana: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(log_queries, "LOOKED_AT", 4)
    told(ana, title="Needle")
    for _ in range(9):
        told(ana, title="Hay")
    for person in ("", ana.id):
        first = log(client, q="needle", person=person)
        assert titles_of(first) == []
        assert "Nothing was found back to" in first.text and "Look further back" in first.text
        second, last = all_pages(client, link(first) or "")
        assert (second, last) == ([], ["Needle"])


def test_an_events_copies_are_looked_through_as_far(
    client: FlaskClient, ana: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(log_queries, "LOOKED_AT", 4)
    wide = told(ana, *(make_user() for _ in range(8)), title="Wide")
    first_copy = db.session.query(Notification.id).filter_by(recipient_id=ana.id).scalar()
    became(first_copy, "email", "technical-failure")
    pages = all_pages(client, f"/admin/log/?event={event_of(wide)}&status=failed")
    assert pages == [[], [], ["Wide"]]


def test_an_empty_log_and_an_empty_answer_are_told_apart(client: FlaskClient, admin: User):
    assert "Nothing was sent yet" in log(client).text
    assert "Nothing matches this filter" in log(client, status="failed").text


def test_rows_say_what_became_of_each_channel(client: FlaskClient, ana: User):
    one = told(ana)
    became(one, "email", "permanent-failure")
    became(one, "push", "suppressed", rule="no_address")
    became(one, "webhook", "suppressed", rule="turned_off")
    row = re.search(r'<ul class="log__channels">.*?</ul>', log(client).text, re.DOTALL)
    assert row
    words = re.sub(r"<[^>]+>|\s+", " ", row[0]).split()
    assert words == ["Inbox", "Delivered", "Email", "Failed", "Webhook", "Not", "sent"]
    whole = re.search(r'<ul class="log__channels">.*?</ul>', log(client, status="suppressed").text, re.DOTALL)
    assert whole and "Push" in whole[0], "who asks for what was not sent sees all of it"


def test_a_page_takes_as_many_statements_however_long_the_log(
    app: Flask, client: FlaskClient, ana: User, bo: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(app.config, "CATALOG_CACHE", 600)
    forget_types()
    query = {"": "", "one": "?status=delivered&q=title", "person": f"?person={ana.id}"}

    def statements() -> list[int]:
        counts = []
        for address in query.values():
            client.get(f"/admin/log/{address}")
            with watched() as seen:
                client.get(f"/admin/log/{address}")
            counts.append(len(seen))
        return counts

    fill(ana.id, 5)
    few = statements()
    fill(ana.id, 200)
    fill(bo.id, 200)
    assert statements() == few
    assert max(few) <= 8
