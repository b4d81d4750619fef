"""One thing may be muted until a time: what is about it does not come, but for what is mandatory."""

from typing import Any

import pytest
import sqlalchemy as sa

from hackitech.core.clock import after, time_text
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.mute import Mute
from hackitech.models.notification import Notification
from hackitech.notifications.notify import notify
from tests.callers import People

LATER = "2100-01-01T00:00:00Z"


def tell(people: People, object_: str) -> None:
    recipients = [people.member.id, people.other.id]
    with atomic():
        notify("announcement", recipients=recipients, object=object_, title="A title", message="A message")


def in_app_rules(user_id: int) -> list[str]:
    own = sa.select(Notification.in_app_rule).where(Notification.recipient_id == user_id)
    return list(db.session.scalars(own.order_by(Notification.id)))


def test_what_is_muted_reaches_that_member_no_more(people: People) -> None:
    answer = people.member.put("mutes/", {"object": "project:12", "muted_until": LATER})
    assert answer.status_code == 200
    assert answer.get_json() == {"object": "project:12", "muted_until": LATER}
    tell(people, "project:12")
    tell(people, "project:13")
    assert in_app_rules(people.member.id) == ["muted_object", "default_on"]
    assert in_app_rules(people.other.id) == ["default_on"] * 2
    emails = sa.select(Delivery.rule).where(
        Delivery.recipient_id == people.member.id, Delivery.channel == "email"
    )
    assert list(db.session.scalars(emails.order_by(Delivery.id))) == ["muted_object", "default_on"]


def test_what_is_mandatory_comes_all_the_same(people: People) -> None:
    people.member.put("mutes/", {"object": "account", "muted_until": LATER})
    with atomic():
        params = {"alert": "password_changed"}
        notify("account_security_alert", recipients=[people.member.id], object="account", params=params)
    assert in_app_rules(people.member.id) == ["mandatory"]


def test_a_mute_ends_by_itself_or_when_its_member_says_so(people: People) -> None:
    for name in ("one", "two"):
        people.member.put("mutes/", {"object": name, "muted_until": time_text(after(3600))})
    assert people.member.delete("mutes/?object=one").status_code == 204
    assert people.member.delete("mutes/?object=one").status_code == 204
    with atomic() as session:
        session.execute(sa.update(Mute).values(muted_until=after(-1)))
    tell(people, "one")
    tell(people, "two")
    assert in_app_rules(people.member.id) == ["default_on"] * 2
    assert people.member.get("mutes/").get_json() == {"results": []}


def test_a_member_sees_their_own_alone(people: People) -> None:
    people.member.put("mutes/", {"object": "project:12", "muted_until": LATER})
    assert [row["object"] for row in people.member.get("mutes/").get_json()["results"]] == ["project:12"]
    assert people.other.get("mutes/").get_json() == {"results": []}
    people.other.delete("mutes/?object=project:12")
    assert len(people.member.get("mutes/").get_json()["results"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"object": "project:12"}, "muted_until"),
        ({"object": "project:12", "muted_until": "2001-01-01T00:00:00Z"}, "muted_until"),
        ({"object": "project:12", "muted_until": None}, "muted_until"),
        ({"object": "", "muted_until": LATER}, "object"),
        ({"object": "x" * 201, "muted_until": LATER}, "object"),
        ({"object": "x", "muted_until": LATER, "user": 1}, "user"),
    ],
)
def test_bad_input_is_named(people: People, body: dict[str, Any], field: str) -> None:
    answer = people.member.put("mutes/", body)
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == [field]


def test_nobody_mutes_without_end(people: People) -> None:
    rows = [{"user_id": people.member.id, "object": f"o{n}", "muted_until": after(3600)} for n in range(1000)]
    with atomic() as session:
        session.execute(sa.insert(Mute), rows)
    assert people.member.put("mutes/", {"object": "one more", "muted_until": LATER}).status_code == 422
    assert people.member.put("mutes/", {"object": "o7", "muted_until": LATER}).status_code == 200
