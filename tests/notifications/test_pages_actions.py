"""What the buttons of the inbox do, with HTMX and without, and how it is undone."""

import datetime as dt

import pytest
from flask import Flask

from tests.factories import make_token, same_origin
from tests.notifications.reader import (
    HTMX,
    Reader,
    badge,
    leads_to,
    make_reader,
    removed,
    rows,
    tabs,
    undo_token,
)


@pytest.fixture
def reader(app: Flask, db_session: object) -> Reader:
    return make_reader(app)


def test_reading_replaces_the_row_where_it_stands(reader: Reader) -> None:
    notification = reader.receives()
    part = reader.press(f"/inbox/{notification}/read")
    assert rows(part) == [notification]
    assert "is-unread" not in part.text
    assert f'formaction="/inbox/{notification}/unread"' in part.text
    assert badge(part) == 0
    assert '<div id="announce" hx-swap-oob="innerHTML">Marked as read.</div>' in part.text
    assert reader.state(notification)["is_read"] is True


def test_reading_takes_the_row_from_the_unread_ones(reader: Reader) -> None:
    notification = reader.receives()
    part = reader.press(f"/inbox/{notification}/read", view="unread")
    assert rows(part) == []
    assert removed(part) == [notification]


def test_what_is_read_can_be_unread_again(reader: Reader) -> None:
    notification = reader.receives()
    reader.press(f"/inbox/{notification}/read")
    part = reader.press(f"/inbox/{notification}/unread")
    assert "is-unread" in part.text
    assert badge(part) == 1


@pytest.mark.parametrize(
    ("action", "text"), [("archive", "Archived."), ("delete", "Deleted."), ("snooze", "Snoozed until ")]
)
def test_what_leaves_the_list_can_be_undone(reader: Reader, action: str, text: str) -> None:
    notification, other = reader.receives("One"), reader.receives("Two")
    part = reader.press(f"/inbox/{notification}/{action}", **{"for": "hour"})
    assert removed(part) == [notification]
    assert text in part.text
    assert tabs(part)["all"] == 1
    assert reader.sees() == [other]
    back = reader.press("/inbox/undo", undo_token=undo_token(part))
    assert rows(back) == [other, notification]
    assert "Restored." in back.text
    assert tabs(back) == {"all": 2, "unread": 2, "snoozed": 0, "archived": 0}


def test_undo_leaves_alone_what_changed_meanwhile(reader: Reader) -> None:
    first, second = reader.receives("One"), reader.receives("Two")
    part = reader.press("/inbox/bulk", action="archive", ids=[first, second])
    assert "2 archived." in part.text
    reader.press(f"/inbox/{first}/delete", view="archived")
    back = reader.press("/inbox/undo", undo_token=undo_token(part))
    assert rows(back) == [second]
    again = reader.press("/inbox/undo", undo_token=undo_token(part))
    assert "Nothing was restored" in again.text
    assert "toast--error" in again.text


@pytest.mark.parametrize("token", ["", "x", "0", "-1", "9" * 40, "٣"])
def test_a_token_that_nobody_gave_is_refused(reader: Reader, token: str) -> None:
    assert reader.press("/inbox/undo", undo_token=token).status_code == 422


def test_another_member_cannot_undo(app: Flask, reader: Reader) -> None:
    notification = reader.receives()
    token = undo_token(reader.press(f"/inbox/{notification}/archive"))
    assert "Nothing was restored" in make_reader(app).press("/inbox/undo", undo_token=token).text
    assert reader.sees("?view=archived") == [notification]


def test_what_is_archived_moves_back(reader: Reader) -> None:
    notification = reader.receives()
    reader.press(f"/inbox/{notification}/archive")
    part = reader.press(f"/inbox/{notification}/unarchive", view="archived")
    assert removed(part) == [notification]
    assert reader.sees() == [notification]


def test_what_is_snoozed_can_be_woken(reader: Reader) -> None:
    notification = reader.receives()
    reader.press(f"/inbox/{notification}/snooze", **{"for": "tomorrow"})
    assert removed(reader.press(f"/inbox/{notification}/unsnooze", view="snoozed")) == [notification]
    assert reader.sees() == [notification]


def test_an_hour_of_snooze_lasts_an_hour(reader: Reader) -> None:
    notification = reader.receives()
    reader.press(f"/inbox/{notification}/snooze", **{"for": "hour"})
    until = dt.datetime.fromisoformat(reader.state(notification)["snoozed_until"])
    assert abs((until - dt.datetime.now(dt.UTC)).total_seconds() - 3600) < 30


def test_a_day_to_snooze_to_is_asked_for_in_each_menu(reader: Reader) -> None:
    first, second, third = (reader.receives(f"Number {n}") for n in range(3))
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).date().isoformat()
    own_menu = {"for": "date", "date": day, "bulk_date": "2020-01-01"}
    assert removed(reader.press(f"/inbox/{first}/snooze", **own_menu)) == [first]
    tool_bar = {"action": "snooze:date", "bulk_date": day, "date": "2020-01-01"}
    assert removed(reader.press("/inbox/bulk", ids=[second], **tool_bar)) == [second]
    assert reader.press_on_page(f"/inbox/{third}/snooze", **own_menu).location == "/inbox"
    until = {reader.state(one)["snoozed_until"][:13] for one in (first, second, third)}
    assert len(until) == 1 and until.pop().startswith(day)


def test_a_day_that_is_over_is_refused_in_words_and_nothing_changes(reader: Reader) -> None:
    notification = reader.receives()
    past = {"for": "date", "date": "2020-01-01"}
    for answer in (
        reader.press(f"/inbox/{notification}/snooze", **past),
        reader.press("/inbox/bulk", action="snooze:date", bulk_date="", ids=[notification]),
    ):
        assert "Choose a day to come, within a year." in answer.text
        assert (rows(answer), removed(answer)) == ([], [])
    back = reader.press_on_page(f"/inbox/{notification}/snooze", **past)
    assert leads_to(back)[0] == f"/inbox/{notification}"
    assert reader.sees() == [notification]


def test_an_unknown_time_to_snooze_is_refused(reader: Reader) -> None:
    notification = reader.receives()
    assert reader.press(f"/inbox/{notification}/snooze", **{"for": "never"}).status_code == 422
    assert reader.press("/inbox/bulk", action="snooze", ids=[notification]).status_code == 422
    assert reader.sees() == [notification]


@pytest.mark.parametrize("action", ["read", "unread", "archive", "unarchive", "snooze", "unsnooze", "delete"])
def test_someone_elses_and_an_unknown_one_are_the_same(app: Flask, reader: Reader, action: str) -> None:
    theirs = make_reader(app).receives()
    for notification in (theirs, 10**15):
        answer = reader.press(f"/inbox/{notification}/{action}", **{"for": "hour"})
        assert answer.status_code == 404


def test_an_unknown_action_is_not_found(reader: Reader) -> None:
    notification = reader.receives()
    assert reader.press(f"/inbox/{notification}/explode").status_code == 404
    assert reader.press("/inbox/bulk", action="explode", ids=[notification]).status_code == 422


def test_a_selection_is_changed_at_once(reader: Reader) -> None:
    first, second, third = (reader.receives(f"Number {n}") for n in range(3))
    part = reader.press("/inbox/bulk", action="read", ids=[first, third])
    assert sorted(rows(part)) == [first, third]
    assert "2 marked as read." in part.text
    assert reader.sees("?view=unread") == [second]


def test_a_selection_is_snoozed_until_the_chosen_time(reader: Reader) -> None:
    ids = [reader.receives(f"Number {n}") for n in range(2)]
    part = reader.press("/inbox/bulk", action="snooze:monday", ids=ids)
    assert removed(part) == ids
    assert "2 snoozed until" in part.text
    assert tabs(part)["snoozed"] == 2


def test_a_selection_of_nothing_says_so(reader: Reader) -> None:
    part = reader.press("/inbox/bulk", action="archive")
    assert part.status_code == 200
    assert "Select at least one notification first." in part.text


def test_a_selection_reaches_ones_own_only(app: Flask, reader: Reader) -> None:
    other = make_reader(app)
    theirs = other.receives()
    part = reader.press("/inbox/bulk", action="delete", ids=[theirs])
    assert "Nothing to change." in part.text
    assert other.sees() == [theirs]


@pytest.mark.parametrize("ids", [["x"], ["0"], ["-1"], ["9" * 30], ["1"] * 1001])
def test_ids_that_are_none_are_refused(reader: Reader, ids: list[str]) -> None:
    assert reader.press("/inbox/bulk", action="read", ids=ids).status_code == 422


def test_mark_all_reaches_no_further_than_the_screen(reader: Reader) -> None:
    shown = [reader.receives(f"Number {n}") for n in range(3)]
    later = reader.receives("Meanwhile")
    part = reader.press("/inbox/mark_all", up_to=shown[-1])
    assert badge(part) == 1
    assert rows(part) == [later, *shown[::-1]]
    assert "3 marked as read." in part.text
    assert reader.sees("?view=unread") == [later]


def test_mark_all_under_a_filter_leaves_the_others(reader: Reader) -> None:
    comment = reader.receives("Salle", "comment")
    announcement = reader.receives("Salle", "announcement")
    other_words = reader.receives("Repas", "comment")
    reader.press("/inbox/mark_all", up_to=other_words, type="comment", q="SALLE")
    assert reader.state(comment)["is_read"]
    assert reader.sees("?view=unread") == [other_words, announcement]


def test_mark_all_can_be_undone(reader: Reader) -> None:
    notification = reader.receives()
    part = reader.press("/inbox/mark_all", up_to=notification)
    assert badge(reader.press("/inbox/undo", undo_token=undo_token(part))) == 1


def test_mark_all_of_an_empty_screen_marks_nothing(reader: Reader) -> None:
    later = reader.receives()
    reader.press("/inbox/mark_all", up_to=0)
    assert reader.sees("?view=unread") == [later]


def test_mark_all_up_to_someone_elses_is_refused(app: Flask, reader: Reader) -> None:
    theirs = make_reader(app).receives()
    assert reader.press("/inbox/mark_all", up_to=theirs).status_code == 422


def test_without_javascript_the_browser_comes_back_to_its_list(reader: Reader) -> None:
    notification = reader.receives("Salle", "comment")
    form = {"view": "unread", "type": "comment", "q": "salle"}
    answer = reader.press(f"/inbox/{notification}/archive", htmx=False, **form)
    assert leads_to(answer) == ("/inbox", form)
    page = reader.get(answer.headers["Location"])
    assert "Archived." in page.text
    answer = reader.client.post(
        "/inbox/undo",
        data={"undo_token": undo_token(page)},
        headers={**same_origin(reader.client), "Referer": f"http://localhost{answer.headers['Location']}"},
    )
    assert leads_to(answer) == ("/inbox", form)
    assert "Restored." in reader.get(answer.headers["Location"]).text
    assert reader.sees() == [notification]


def test_without_javascript_a_selection_and_mark_all_work_too(reader: Reader) -> None:
    first, second = reader.receives("One"), reader.receives("Two")
    assert leads_to(reader.press("/inbox/bulk", htmx=False, action="archive", ids=[first])) == ("/inbox", {})
    assert leads_to(reader.press("/inbox/mark_all", htmx=False, up_to=second)) == ("/inbox", {})
    assert tabs(reader.get()) == {"all": 1, "unread": 0, "snoozed": 0, "archived": 1}


def test_nothing_changes_without_proof_that_our_page_sends_it(reader: Reader) -> None:
    notification = reader.receives()
    paths = [f"/inbox/{notification}/delete", "/inbox/bulk", "/inbox/mark_all", "/inbox/undo"]
    proof = same_origin(reader.client)
    for headers in (
        HTMX,
        {"Sec-Fetch-Site": "same-origin"},
        {"X-CSRFToken": proof["X-CSRFToken"]},
        {**proof, "Sec-Fetch-Site": "cross-site"},
        {**proof, "Sec-Fetch-Site": "same-site"},
    ):
        for path in paths:
            form = {"action": "delete", "ids": notification, "up_to": notification}
            assert reader.client.post(path, data=form, headers=headers).status_code == 403
    assert reader.sees("?view=unread") == [notification]


def test_a_token_of_the_api_opens_no_page(reader: Reader, app: Flask) -> None:
    headers = {"Authorization": f"Bearer {make_token(reader.user)}"}
    assert app.test_client().get("/inbox", headers=headers).status_code == 303


def test_a_french_reader_is_told_in_french(app: Flask, db_session: object) -> None:
    reader = make_reader(app, locale="fr")
    ids = [reader.receives(f"Number {n}") for n in range(2)]
    assert "2 archivées." in reader.press("/inbox/bulk", action="archive", ids=ids).text
