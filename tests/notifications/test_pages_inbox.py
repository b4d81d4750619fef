"""The inbox in a browser: tabs, filters, pages, and what HTMX gets of it."""

import datetime as dt
import gzip
import time

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.catalog.lookup import forget_types
from hackitech.core.transaction import atomic
from hackitech.models.notification import Notification
from tests.notifications import crowd
from tests.notifications.reader import Reader, badge, make_reader, more_url, rows, tabs
from tests.notifications.statements import watched


@pytest.fixture
def reader(app: Flask, db_session: object) -> Reader:
    return make_reader(app)


def test_a_stranger_signs_in_first_and_comes_back(app: Flask) -> None:
    answer = app.test_client().get("/inbox?view=unread")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=/inbox?view%3Dunread"


def test_the_root_leads_to_the_inbox(app: Flask) -> None:
    answer = app.test_client().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/inbox")


def test_an_expired_session_leads_htmx_to_the_whole_login_page(app: Flask) -> None:
    answer = app.test_client().get("/inbox", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/login")


def test_the_newest_comes_first(reader: Reader) -> None:
    first, second = reader.receives("One"), reader.receives("Two")
    page = reader.get()
    assert rows(page) == [second, first]
    assert "<title>(2) Inbox" in page.text
    assert f'name="up_to" value="{second}"' in page.text


def test_the_page_is_private_and_varies_with_htmx(reader: Reader) -> None:
    page = reader.get()
    assert page.headers["Cache-Control"] == "private, no-store"
    assert {"HX-Request", "Cookie"} <= set(page.vary)


def test_another_members_notifications_are_not_there(app: Flask, reader: Reader) -> None:
    make_reader(app).receives()
    assert reader.sees() == []
    assert "Nothing here yet" in reader.get().text


def test_an_admin_sees_an_inbox_like_anybody(app: Flask, reader: Reader) -> None:
    reader.receives()
    assert make_reader(app, role="admin").sees() == []


def test_each_tab_shows_its_own_and_says_how_many(reader: Reader) -> None:
    kept, read, snoozed, archived = (reader.receives(f"Number {n}") for n in range(4))
    reader.press(f"/inbox/{read}/read")
    reader.press(f"/inbox/{snoozed}/snooze", **{"for": "monday"})
    reader.press(f"/inbox/{archived}/archive")
    assert reader.sees() == [read, kept]
    assert reader.sees("?view=unread") == [kept]
    assert reader.sees("?view=snoozed") == [snoozed]
    assert reader.sees("?view=archived") == [archived]
    assert tabs(reader.get()) == {"all": 2, "unread": 1, "snoozed": 1, "archived": 1}


def test_an_unknown_tab_is_the_first_one(reader: Reader) -> None:
    notification = reader.receives()
    assert reader.sees("?view=nonsense") == [notification]


def test_tab_counts_follow_the_type_and_never_the_search(reader: Reader) -> None:
    reader.receives("Équipe Rust", "comment")
    reader.receives("Salle changée", "comment")
    reader.receives("Salle B", "announcement")
    page = reader.get("/inbox?type=comment&q=EQUIPE")
    assert len(rows(page)) == 1
    assert tabs(page)["all"] == 2
    assert badge(page) == 3
    assert '<option value="comment" selected>' in page.text
    assert 'value="EQUIPE"' in page.text


def test_a_filter_that_nothing_matches_offers_to_clear_it(reader: Reader) -> None:
    reader.receives()
    page = reader.get("/inbox?q=zebra&view=unread")
    assert rows(page) == []
    assert "Clear the filter" in page.text
    assert "Nothing matches this filter" in reader.get("/inbox?type=nonsense").text


@pytest.mark.parametrize("query", ["q=%00", "type=%00", "cursor=nonsense", "cursor=%00"])
def test_a_query_that_makes_no_sense_is_an_error_page(reader: Reader, query: str) -> None:
    answer = reader.get(f"/inbox?{query}")
    assert answer.status_code == 422
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize("query", ["page=x", "page=-1", "page=99999999999", "group=evil", "view=%00"])
def test_a_query_that_means_nothing_is_ignored(reader: Reader, query: str) -> None:
    assert reader.get(f"/inbox?{query}").status_code == 200


def test_htmx_gets_the_list_and_the_counts_in_place(reader: Reader) -> None:
    notification = reader.receives()
    part = reader.fetch("/inbox?view=unread", HX_Trigger="filters", HX_Target="inbox-list")
    assert "<html" not in part.text
    assert rows(part) == [notification]
    assert 'id="inbox-list"' in part.text
    assert 'id="inbox-counts"' in part.text
    assert "1 notification shown." in part.text


def test_the_list_says_nothing_aloud_when_it_reloads_by_itself(reader: Reader) -> None:
    assert "shown." not in reader.fetch("/inbox", HX_Target="inbox-list").text


def test_history_gets_the_whole_page(reader: Reader) -> None:
    page = reader.fetch("/inbox", HX_History_Restore_Request="true")
    assert "<html" in page.text


def test_the_counts_come_alone_for_htmx_and_lead_to_the_page_otherwise(reader: Reader) -> None:
    reader.receives()
    part = reader.fetch("/inbox/counts?view=unread&type=announcement")
    assert "<html" not in part.text
    assert tabs(part)["unread"] == badge(part) == 1
    answer = reader.get("/inbox/counts?view=unread")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox?view=unread")


def fill(reader: Reader, amount: int) -> list[int]:
    """Let a reader receive many, and return the ids, newest first."""
    return [reader.receives(f"Number {n}") for n in range(amount)][::-1]


def test_more_are_shown_page_after_page_without_doubles(reader: Reader) -> None:
    expected = fill(reader, 55)
    page = reader.get("/inbox?view=unread")
    seen = rows(page)
    assert len(seen) == 25
    reader.receives("Meanwhile")
    for number in (2, 3):
        url = more_url(page)
        assert url is not None
        page = reader.fetch(url, HX_Target="more")
        assert page.text.lstrip().startswith(f'<div class="page" id="page-{number}">')
        assert "day__name" not in page.text, "the day's heading stands above already"
        seen += rows(page)
    assert more_url(page) is None
    assert seen == expected


def test_a_later_page_opens_as_a_whole_too_and_leads_back(reader: Reader) -> None:
    fill(reader, 30)
    url = more_url(reader.get())
    assert url is not None
    page = reader.get(url)
    assert len(rows(page)) == 5
    assert "Back to the newest" in page.text
    assert "day__name" in page.text


def test_the_number_of_statements_does_not_grow(
    app: Flask, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CATALOG_CACHE", 3600.0)
    forget_types()

    def count(path: str) -> int:
        with watched() as seen:
            assert reader.get(path).status_code == 200
        return len(seen)

    paths = ("/inbox", "/inbox?view=unread&type=comment&q=words", f"/inbox/{reader.receives()}")
    for path in paths:
        reader.get(path)
    before = [count(path) for path in paths]
    fill(reader, 40)
    assert [count(path) for path in paths] == before == [5, 4, 7]


RATIO = 3
"""A page of many holds 25 rows: so much more may it take, and weigh, than one of ten rows."""


@pytest.mark.sqlite_only  # which works in this process, so that its time is what is measured
def test_an_inbox_of_ten_thousand_is_as_quick_as_one_of_ten(app: Flask, db_session: object) -> None:
    few, many = make_reader(app), make_reader(app)
    crowd.fill(few.user.id, 10)
    crowd.fill(many.user.id, 10_000)
    theirs = Notification.recipient_id == many.user.id
    crowd.put_in_groups(theirs, "project:" + sa.cast(Notification.id % 500, sa.String))
    assert tabs(many.get()) == {"all": 10_000, "unread": 10_000, "snoozed": 0, "archived": 0}
    for path in ("/inbox", "/inbox?view=unread", "/inbox?type=announcement", "/inbox?view=archived"):
        assert len(many.get(path).data) <= RATIO * len(few.get(path).data), path
        assert min(times(many, path)) <= RATIO * min(times(few, path)), path


def times(reader: Reader, path: str) -> list[float]:
    """Return the seconds of this process's time that some tries take."""
    found = []
    for _try in range(5):
        begun = time.process_time()
        reader.get(path)
        found.append(time.process_time() - begun)
    return found


def test_a_full_page_keeps_its_budget(reader: Reader) -> None:
    for number in range(25):
        reader.receives(f"Ana t’invite à rejoindre l’équipe Rust {number}", message="Réponds-lui. " * 20)
    page = reader.get().data
    assert len(rows(reader.get())) == 25
    assert len(page) <= 45 * 1024
    assert len(gzip.compress(page)) <= 9 * 1024


def surface(notification_id: int, moment: dt.datetime) -> None:
    """Let a notification have surfaced at another time."""
    with atomic() as session:
        session.execute(
            sa.update(Notification).where(Notification.id == notification_id).values(surfaced_at=moment)
        )


def test_days_are_named_in_the_readers_timezone_and_language(app: Flask, db_session: object) -> None:
    reader = make_reader(app, locale="fr", timezone="Pacific/Auckland")
    for days in (0, 1, 40):
        surface(reader.receives(), dt.datetime.now(dt.UTC) - dt.timedelta(days=days))
    page = reader.get().text
    headings = ["Aujourd’hui", "Hier", "Plus ancien"]
    assert [page.index(f'day__name">{heading}') for heading in headings] == sorted(
        page.index(f'day__name">{heading}') for heading in headings
    )


def test_a_french_reader_reads_french(app: Flask, db_session: object) -> None:
    reader = make_reader(app, locale="fr")
    reader.receives(title={"fr": "Bienvenue", "en": "Welcome"}, message={"fr": "Salut", "en": "Hi"})
    page = reader.get().text
    assert '<html lang="fr"' in page
    assert "Bienvenue" in page
    assert "Welcome" not in page
    assert "à l’instant" in page


def test_what_others_wrote_is_escaped(reader: Reader) -> None:
    reader.receives('<script>alert("1")</script>', message="<img src=x onerror=alert(1)>")
    page = reader.get().text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
