"""Why nothing came: what was suppressed, stopped or is still held, listed with its reasons."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.outbox import claim_due
from hackitech.models.delivery import Delivery
from hackitech.models.notification import Notification
from hackitech.models.notification_settings import NotificationSettings
from tests.callers import Caller, People
from tests.notifications.crowd import fill
from tests.notifications.mailbox import create, created, ids, receive
from tests.notifications.test_api_why import FIELDS, choose


def missing(member: Caller, query: str = "") -> list[int]:
    """Return the ids of what did not come."""
    return ids(member.get(f"suppressed/{query}"))


def latest(member: Caller) -> int:
    """Return the id of what was meant for a member last, whether it came or not."""
    theirs = sa.select(Notification.id).where(Notification.recipient_id == member.id)
    return int(db.session.scalars(theirs.order_by(Notification.id.desc()).limit(1)).one())


def test_what_came_is_not_in_it(people: People):
    receive(people.member)
    assert missing(people.member) == []


def test_what_is_kept_from_the_inbox_is_in_it_with_its_reasons(people: People):
    choose(people.member, "in_app", False)
    created(people.admin, recipient=people.member.id)
    (shown,) = people.member.get("suppressed/").get_json()["results"]
    assert shown["id"] == latest(people.member) and shown["title"] == "A title"
    assert all(reason.keys() >= FIELDS for reason in shown["channels"])
    in_app = next(reason for reason in shown["channels"] if reason["channel"] == "in_app")
    assert (in_app["verdict"], in_app["rule"]) == ("suppress", "turned_off")
    assert in_app["change_url"] == "/preferences#type-announcement"


@pytest.mark.parametrize("status", ["held", "suppressed", "cancelled", "expired", "permanent-failure"])
def test_every_way_of_not_coming_is_in_it(people: People, status: str):
    number = receive(people.member)
    with atomic() as session:
        session.execute(sa.update(Delivery).where(Delivery.channel == "email").values(status=status))
    assert missing(people.member) == [number]


def test_what_left_is_in_it_no_more(people: People):
    with atomic() as session:
        session.add(NotificationSettings(user_id=people.member.id, quiet_hours=[], paused_until=after(60)))
    number = receive(people.member)
    with atomic() as session:
        claim_due(session, "email", 10, 60)
    assert missing(people.member) == [number]
    with atomic() as session:
        session.execute(sa.update(Delivery).values(status="digested"))
    assert missing(people.member) == []


def test_what_was_meant_for_other_channels_is_missed_by_nobody_unless_they_ask(people: People):
    created(people.admin, recipient=people.member.id, channels=["email"])
    assert missing(people.member) == []
    assert missing(people.member, "?channel=in_app") == [latest(people.member)]
    assert missing(people.member, "?channel=push") == [latest(people.member)]
    assert missing(people.member, "?channel=email") == []
    assert people.member.get("suppressed/?channel=fax").status_code == 422


def test_what_is_deleted_or_old_is_not_in_it(people: People):
    choose(people.member, "email", False)
    number = receive(people.member)
    kept = receive(people.member)
    people.member.delete(f"notifications/{number}/")
    assert missing(people.member) == [kept]
    with time_machine.travel(now() + dt.timedelta(days=31)):
        with atomic() as session:
            session.execute(sa.text("UPDATE api_token SET expires_at = '2199-01-01'"))
        assert missing(people.member) == []


def test_it_is_turned_over_page_by_page_and_back(people: People):
    choose(people.member, "email", False)
    numbers = [receive(people.member) for _ in range(5)][::-1]
    pages, address = [], "suppressed/?page_size=2"
    while address:
        answer = people.member.get(address).get_json()
        pages.append([item["id"] for item in answer["results"]])
        address, back = answer["next"], answer["previous"]
    assert pages == [numbers[:2], numbers[2:4], numbers[4:]]
    assert ids(people.member.get(back)) == pages[1]


def test_only_ones_own_are_in_it(people: People):
    choose(people.member, "email", False)
    create(people.admin, recipient=people.member.id)
    assert missing(people.other) == missing(people.admin) == []
    assert people.stranger.get("suppressed/").status_code == 401
    assert people.member.get("suppressed/?recipient=1").status_code == 422


def test_no_more_than_the_newest_thousand_are_looked_at(people: People, monkeypatch: Any):
    choose(people.member, "email", False)
    receive(people.member)
    monkeypatch.setattr("hackitech.notifications.missing_queries.LOOKED_AT", 10)
    fill(people.member.id, 9)
    assert len(missing(people.member)) == 1
    fill(people.member.id, 1)
    assert missing(people.member) == []
