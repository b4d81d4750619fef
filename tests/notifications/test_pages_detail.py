"""One notification in a browser: looking at it reads it, fetching it ahead does not."""

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.clock import after
from hackitech.core.transaction import atomic
from hackitech.models.preference import Preference
from hackitech.models.subscription import Subscription
from hackitech.models.topic import Topic
from hackitech.notifications.explanation import CHANGED_IN_SETTINGS
from hackitech.notifications.notify import notify
from tests.callers import Caller, make_caller
from tests.factories import make_user
from tests.notifications.mailbox import make_topic
from tests.notifications.reader import Reader, leads_to, make_reader


@pytest.fixture
def reader(app: Flask, db_session: object) -> Reader:
    return make_reader(app)


def test_a_navigation_marks_as_read(reader: Reader) -> None:
    notification = reader.receives("A title")
    page = reader.get(f"/inbox/{notification}", Sec_Fetch_Mode="navigate")
    assert page.status_code == 200
    assert "A title – Notifi</title>" in page.text
    assert "<title>(1)" not in page.text, "the badge counts what is left"
    assert "Mark as unread" in page.text
    assert reader.state(notification)["is_read"] is True


def test_an_old_browser_and_htmx_mark_as_read_too(reader: Reader) -> None:
    for headers in ({}, {"HX_Request": "true", "Sec_Fetch_Mode": "cors"}):
        notification = reader.receives()
        assert reader.get(f"/inbox/{notification}", **headers).status_code == 200
        assert reader.state(notification)["is_read"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Purpose": "prefetch"},
        {"Sec_Purpose": "prefetch;prerender", "Sec_Fetch_Mode": "navigate"},
        {"Sec_Purpose": "prefetch", "HX_Request": "true"},
        {"Sec_Fetch_Mode": "no-cors"},
    ],
)
def test_a_prefetch_does_not(reader: Reader, headers: dict[str, str]) -> None:
    notification = reader.receives()
    assert reader.get(f"/inbox/{notification}", **headers).status_code == 200
    assert reader.state(notification)["is_read"] is False


def test_asking_for_the_headers_alone_does_not(reader: Reader) -> None:
    notification = reader.receives()
    assert reader.client.head(f"/inbox/{notification}").status_code == 200
    assert reader.state(notification)["is_read"] is False


def test_someone_elses_and_an_unknown_one_are_not_found(app: Flask, reader: Reader) -> None:
    other = make_reader(app)
    theirs = other.receives()
    for path in (theirs, 10**15, 0, 2**63, "x"):
        assert reader.get(f"/inbox/{path}").status_code == 404
    assert make_reader(app, role="admin").get(f"/inbox/{theirs}").status_code == 404
    assert other.state(theirs)["is_read"] is False


def test_a_deleted_one_is_not_found(reader: Reader) -> None:
    notification = reader.receives()
    reader.press(f"/inbox/{notification}/delete")
    assert reader.get(f"/inbox/{notification}").status_code == 404


def test_it_says_why_it_came(reader: Reader) -> None:
    page = reader.get(f"/inbox/{reader.receives()}").text
    assert "Why did I receive this?" in page
    assert "<strong>Inbox</strong>" in page
    assert "<strong>Email</strong>" in page
    assert "This type is sent on this channel unless you turn it off." in page


def test_it_shows_where_its_link_leads(reader: Reader) -> None:
    own = reader.get(f"/inbox/{reader.receives(action_url='/teams/12')}").text
    assert 'href="/teams/12"' in own
    other = reader.get(f"/inbox/{reader.receives(action_url='https://example.org/x')}").text
    assert 'href="https://example.org/x" rel="noopener noreferrer"' in other


def test_it_names_its_type_its_actor_and_its_topic(app: Flask, reader: Reader) -> None:
    follower, ana = make_caller(app), make_user(name="Ana")
    topic = make_topic("rust", follower, Caller(reader.client, {}, reader.user.id))
    with atomic() as session:
        session.execute(sa.update(Topic).values(label={"fr": "Équipe Rust", "en": "Team Rust"}))
        notify("announcement", topic=topic, actor=ana, title="A title", message="A message")
    (notification,) = reader.sees()
    assert " · Ana · Team Rust" in reader.get(f"/inbox/{notification}").text
    with atomic() as session:
        session.execute(sa.delete(Topic))
    assert " · Ana · rust" in reader.get(f"/inbox/{notification}").text


def test_it_leads_back_to_the_list_that_the_reader_came_from(reader: Reader) -> None:
    path = f"/inbox/{reader.receives()}"
    page = reader.get(path, Referer="http://localhost/inbox?view=unread&q=salle").text
    assert 'href="/inbox?view=unread&amp;q=salle"' in page
    for elsewhere in ("https://evil.example/inbox?view=unread", "http://localhost/u?view=unread", "http://["):
        assert "view=unread" not in reader.get(path, Referer=elsewhere).text


def test_its_buttons_show_it_again_or_lead_to_the_list(reader: Reader) -> None:
    notification = reader.receives()
    here = f"/inbox/{notification}"
    expected = [
        ("read", here), ("unread", "/inbox"), ("archive", "/inbox"), ("unarchive", here),
        ("snooze", "/inbox"), ("unsnooze", here), ("delete", "/inbox"),
    ]  # fmt: skip
    for action, target in expected:
        answer = reader.press_on_page(f"{here}/{action}", **{"for": "monday"})
        assert leads_to(answer) == (target, {}), action


def test_an_unread_one_stays_unread(reader: Reader) -> None:
    notification = reader.receives()
    reader.get(f"/inbox/{notification}")
    answer = reader.press_on_page(f"/inbox/{notification}/unread")
    reader.get(answer.headers["Location"])
    assert reader.state(notification)["is_read"] is False


def test_it_leads_to_where_the_deciding_rule_is_changed(reader: Reader) -> None:
    page = reader.get(f"/inbox/{reader.receives()}").text
    assert 'href="/preferences#type-announcement"' in page
    preferences = reader.get("/preferences").text
    for place in ("type-announcement", *CHANGED_IN_SETTINGS.values()):
        assert f'id="{place}"' in preferences, place


def test_what_did_not_come_is_on_a_page_of_its_own(reader: Reader) -> None:
    assert 'href="/inbox/missing"' in reader.get("/inbox").text
    assert "Nothing is missing" in reader.get("/inbox/missing").text
    with atomic() as session:
        choice = {"notification_type": "announcement", "channel": "email", "enabled": False}
        session.add(Preference(user_id=reader.user.id, frequency="direct", **choice))
    reader.receives("The first title")
    page = reader.get("/inbox/missing").text
    assert "The first title" in page and "You turned this type off on this channel." in page
    assert 'href="/preferences#type-announcement"' in page
    assert "The first title" in reader.get("/inbox/missing?channel=email").text
    assert "The first title" not in reader.get("/inbox/missing?channel=in_app").text
    assert reader.get("/inbox/missing?channel=x").status_code == 200
    assert reader.get("/inbox/missing?cursor=x").status_code == 422


def test_what_did_not_come_is_turned_over(reader: Reader) -> None:
    with atomic() as session:
        choice = {"notification_type": "announcement", "channel": "email", "enabled": False}
        session.add(Preference(user_id=reader.user.id, frequency="direct", **choice))
    for number in range(26):
        reader.receives(f"Title {number}.")
    older = more = reader.get("/inbox/missing").text
    assert "Title 1." in more and "Title 0." not in more
    path = older.partition('<p class="more"><a class="button" href="')[2].partition('"')[0]
    assert "Title 0." in reader.get(path.replace("&amp;", "&")).text


def test_a_muted_topic_is_heard_of_again_from_there(reader: Reader) -> None:
    topic = make_topic("rust", Caller(reader.client, {}, reader.user.id))
    with atomic() as session:
        session.execute(sa.update(Subscription).values(muted_until=after(3600)))
        notify("announcement", topic=topic, title="A title", message="A message")
    page = reader.get("/inbox/missing").text
    assert "Hear of this again" in page
    path = page.partition('action="/inbox/')[2].partition('"')[0]
    answer = reader.press_on_page(f"/inbox/{path}")
    assert leads_to(answer)[0] == "/inbox/" + path.removesuffix("/unmute")
    assert "You will hear of this again." in reader.get(answer.headers["Location"]).text
    with atomic() as session:
        assert session.scalar(sa.select(Subscription.muted_until)) is None
    assert reader.press_on_page(f"/inbox/{reader.receives()}/unmute").status_code == 404


def test_what_one_is_about_is_muted_and_heard_of_again_from_its_page(reader: Reader) -> None:
    own = reader.receives(object="project:12")
    assert "For a week" in reader.get(f"/inbox/{own}").text
    answer = reader.press_on_page(f"/inbox/{own}/mute", **{"for": "week"})
    assert "You will hear nothing more of this until" in reader.get(answer.headers["Location"]).text
    assert reader.receives(title="About it", object="project:12") == own  # nothing newer in the inbox
    missing = reader.get("/inbox/missing").text
    assert "About it" in missing and "You muted what this is about." in missing
    reader.press_on_page(f"/inbox/{own}/unmute")
    assert reader.receives(object="project:12") != own
    assert reader.press_on_page(f"/inbox/{own}/mute", **{"for": "ever"}).status_code == 422


def test_what_is_about_nothing_cannot_be_muted(reader: Reader) -> None:
    own = reader.receives()
    assert "For a week" not in reader.get(f"/inbox/{own}").text
    assert reader.press_on_page(f"/inbox/{own}/mute", **{"for": "week"}).status_code == 404
