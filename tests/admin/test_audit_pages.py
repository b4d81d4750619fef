"""The audit log as it is read: in words, with before and after, found by who, what and when."""

import ast
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from config import ROOT
from hackitech.admin.audit_view import changes
from hackitech.admin.audit_words_view import ACTIONS, OBJECTS
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit
from hackitech.models.audit_entry import AuditEntry
from tests.admin.staff import Staff
from tests.factories import make_user

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# What code puts together from a word and another one that it is given.
PUT_TOGETHER = {"event.": ("pause", "resume"), "delivery.": ("replay", "drop")}


def record(actor_id: int | None, action: str, object_: tuple[str, object], *values: Any) -> None:
    with atomic():
        record_audit(actor_id, action, *object_, *values)


def modules_that_record() -> Iterator[ast.AST]:
    for path in (ROOT / "hackitech").rglob("*.py"):
        text = path.read_text()
        if "record_audit" in text:
            yield ast.parse(text)


def recorded() -> list[tuple[ast.expr, ast.expr]]:
    """Return how the code names what it records: the action, and the kind of object."""
    calls = (node for tree in modules_that_record() for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [(one.args[1], one.args[2]) for one in calls if getattr(one.func, "id", "") == "record_audit"]


def literals(nodes: Iterable[ast.AST]) -> set[str]:
    return {one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)}


@pytest.mark.sqlite_only
def test_every_action_that_the_code_records_has_its_words() -> None:
    named = [action for action, _ in recorded()]
    domains = {action.partition(".")[0] for action in ACTIONS}
    texts = literals(node for tree in modules_that_record() for node in ast.walk(tree))
    passed_on = {text for text in texts if ACTION.fullmatch(text) and text.partition(".")[0] in domains}
    put_together = literals(one.values[0] for one in named if isinstance(one, ast.JoinedStr))

    assert {"user.update", "notification.delete", "wording.publish"} <= passed_on
    assert (literals(named) | passed_on) - set(ACTIONS) == set()
    assert put_together == set(PUT_TOGETHER)
    assert {f"{domain}{word}" for domain, words in PUT_TOGETHER.items() for word in words} <= set(ACTIONS)


@pytest.mark.sqlite_only
def test_every_kind_of_object_that_the_code_records_has_its_word() -> None:
    kinds = literals(kind for _, kind in recorded())
    assert {"user", "event", "api_token"} <= kinds
    assert kinds - set(OBJECTS) == set()


def test_an_entry_says_who_did_what_to_whom(admin: Staff) -> None:
    ann = make_user(name="Ann")
    record(admin.user.id, "user.update", ("user", ann.id), {"role": "member"}, {"role": "organiser"})
    html = admin.get("audit/").text
    assert "Changed a member" in html and f'href="/admin/members/{ann.id}/">Ann ({ann.id})</a>' in html
    assert f'href="/admin/members/{admin.user.id}/">Ada</a>' in html
    text = re.sub(r"<[^>]+>", "", html)
    assert re.search(r"Role\s+before: member\s*→\s*after: organiser", text)


def test_who_is_gone_and_the_command_line_are_named_too(admin: Staff) -> None:
    record(987654, "user.create", ("user", 987655), None, {"name": "X"})
    record(None, "token.create", ("api_token", 5), None, {"user": 987656})
    html = admin.get("audit/").text
    for shown in ("Member no. 987654", "Member no. 987655", "Member no. 987656", "Command line"):
        assert shown in html, shown


def test_an_action_without_words_is_shown_as_the_code_calls_it(admin: Staff) -> None:
    record(None, "rocket.launch", ("rocket", "<b>5</b>"), None, {"speed": 5})
    html = admin.get("audit/").text
    assert "rocket.launch" in html and "&lt;b&gt;5" in html and "<b>5" not in html


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"active": True}, {"active": False}, [("May sign in", "yes", "no")]),
        ({"external_id": None}, {"external_id": "p"}, [("The platform's id", "nothing", "p")]),
        (None, {"name": "Ann"}, [("Name", None, "Ann")]),
        ({"name": "Ann"}, None, [("Name", "Ann", None)]),
        (None, {"user_ids": [1, 2]}, [("Members", None, "Ann (1), Member no. 2")]),
        (None, {"label": {"fr": "Été"}}, [("Label", None, '{\n "fr": "Été"\n}')]),
        (None, None, []),
    ],
)
def test_changes_are_told_column_by_column(app: Any, before: Any, after: Any, said: list[Any]) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        told = changes(before, after, {1: "Ann"})
    assert [(one.name, one.before, one.after) for one in told] == said


def test_what_is_long_is_shown_when_it_is_asked_for(admin: Staff) -> None:
    record(None, "event.edit", ("event", 5), {"title": "Short", "message": "x" * 300}, {"title": "Other"})
    html = admin.get("audit/").text
    assert html.count("Show the whole text") == 1 and "x" * 300 in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 4),
        ("actor=ada@example.org", 2),
        ("actor={admin}", 2),
        ("actor=987654", 1),
        ("actor=nobody@example.org", 0),
        ("action=user.update", 1),
        ("action=rocket.launch", 4),
        ("object_type=user&object_id=5", 2),
        ("object_type=topic", 1),
        ("object_id=%00", 4),
        ("since=2026-01-02", 3),
        ("until=2026-01-01", 1),
        ("since=2026-01-01&until=2026-01-01", 1),
        ("since=yesterday&until=99999-01-01", 4),
    ],
)
def test_entries_are_found(admin: Staff, query: str, found: int) -> None:
    record(admin.user.id, "user.update", ("user", 5), {"name": "A"}, {"name": "B"})
    record(admin.user.id, "user.create", ("user", 5), None, {"name": "A"})
    record(987654, "topic.create", ("topic", "rust"), None, {"key": "rust"})
    noon = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    old = AuditEntry(actor_id=None, action="task.cancel", object_type="task", object_id="5", at=noon)
    with atomic() as session:
        session.add(old)
    html = admin.get(f"audit/?{query.format(admin=admin.user.id)}").text
    assert html.count('<tr id="entry-') == found
    assert found or "Nothing matches this filter" in html


def test_many_are_shown_a_page_at_a_time(admin: Staff) -> None:
    for number in range(26):
        record(None, "task.cancel", ("task", f"nr-{number:02}"), None, None)
    first = admin.get("audit/?action=task.cancel").text
    older = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "nr-25" in first and "nr-00" not in first and "action=task.cancel" in older
    assert "nr-00" in admin.get(older).text
    assert db.session.query(AuditEntry).count() == 26


def test_without_entries_the_page_says_what_it_is_for(admin: Staff) -> None:
    assert "Nothing was done yet" in admin.get("audit/").text
