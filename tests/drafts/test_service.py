"""Drafts as use cases: whom typed words mean, and what becomes of a draft with its event."""

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.errors import Conflict, Invalid, NotFound
from hackitech.core.transaction import atomic
from hackitech.drafts import service
from hackitech.drafts.checking_service import Sender, check_audience, find_people
from hackitech.drafts.queries import get_draft
from hackitech.models.draft import Draft
from hackitech.models.event import Event
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("db_session")
WORDS = {
    "title": {"fr": "Salle", "en": "Room"},
    "message": {"fr": "B12", "en": "B12"},
}


@pytest.fixture
def author(app: Flask, db_session: object) -> Sender:
    return Sender(make_user("admin").id, of_all=True, timezone="Europe/Paris")


def ready(author: Sender) -> int:
    return service.create_draft(author.id, content=WORDS, audience={"kind": "all"})


def seen(draft: int, author: Sender, total: int = 1) -> service.Confirmation:
    return service.Confirmation(get_draft(db.session(), draft, author.id).updated_at, total)


@pytest.mark.parametrize("between", ["\n", ", ", ";", " \t\r\n,, "])
def test_people_are_found_whatever_stands_between_them(author: Sender, between: str) -> None:
    ana, leo = make_user(email="ana@example.org"), make_user()
    typed = between.join(["Ana@Example.org", str(leo.id), "ana@example.org", f"00{leo.id}", "x@y"])
    assert find_people(typed) == ([ana.id, leo.id], [f"00{leo.id}", "x@y"])


@pytest.mark.parametrize("word", ["9" * 30, "²", "-1", "@", "a@b@c", "é@exämple.org", "\ud800", "0"])
def test_what_is_no_address_and_no_number_is_nobodys(author: Sender, word: str) -> None:
    assert find_people(word) == ([], [word])


def test_more_than_a_message_may_name_are_refused(author: Sender) -> None:
    with pytest.raises(Invalid):
        find_people(" ".join(map(str, range(1001))))


def test_what_is_written_after_it_was_sent_is_refused(author: Sender) -> None:
    draft = ready(author)
    service.send_draft(draft, author, seen(draft, author))
    with pytest.raises(Conflict):
        service.save_draft(draft, author.id, {"content": {}})
    with pytest.raises(NotFound):
        service.delete_draft(draft, author.id)


def test_a_refused_send_leaves_the_draft_as_it_was(author: Sender) -> None:
    draft = ready(author)
    with pytest.raises(Invalid) as refused:
        service.send_draft(draft, author, seen(draft, author, total=7))
    assert refused.value.errors == {"total": ["1"]}
    assert get_draft(db.session(), draft, author.id).event_id is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == 0


def test_a_draft_goes_with_its_event_so_that_it_cannot_be_sent_again(author: Sender) -> None:
    draft = ready(author)
    event = service.send_draft(draft, author, seen(draft, author))
    with atomic() as session:
        session.execute(sa.delete(Event).where(Event.id == event))
    assert db.session.get(Draft, draft) is None


def test_nothing_changes_where_the_same_is_written_again(author: Sender) -> None:
    draft = ready(author)
    before = get_draft(db.session(), draft, author.id).updated_at
    assert service.save_draft(draft, author.id, {"content": WORDS}).updated_at == before
    assert service.save_draft(draft, author.id, {"audience": {}}).updated_at > before <= now()


def test_an_organiser_of_nothing_sends_to_nobody(author: Sender) -> None:
    organiser = Sender(make_user("organiser").id, of_all=False, timezone="UTC")
    for audience in ({"kind": "all"}, {"kind": "people", "people": "1"}, {"kind": "topic", "topic": "\x00"}):
        with pytest.raises(Invalid):
            check_audience(audience, organiser)
