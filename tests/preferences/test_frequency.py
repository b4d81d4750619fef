"""How often: at once, or in a summary; stored, shown, and refused where something is always direct."""

import pytest
import sqlalchemy as sa

from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.preference import FREQUENCIES
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status
from hackitech.notifications.notify import notify
from tests.callers import Caller, People, errors_of

CHOICE = {"notification_type": "comment", "channel": "email", "enabled": True}
MANDATORY = {"notification_type": "account_security_alert", "channel": "email", "enabled": True}


def cell(caller: Caller, notification_type: str, channel: str) -> dict:
    results = caller.get("preferences/my_preferences/").get_json()["results"]
    return next(c for c in results if (c["notification_type"], c["channel"]) == (notification_type, channel))


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_a_frequency_is_stored_and_shown(people: People, frequency: str):
    stored = people.member.post("preferences/", {**CHOICE, "frequency": frequency}).get_json()
    assert stored["frequency"] == frequency
    assert people.member.get(f"preferences/{stored['id']}/").get_json()["frequency"] == frequency
    assert cell(people.member, "comment", "email")["frequency"] == frequency


def test_it_changes_by_itself_and_put_without_one_is_direct(people: People):
    path = f"preferences/{people.member.post('preferences/', CHOICE).get_json()['id']}/"
    assert people.member.patch(path, {"frequency": "weekly"}).get_json()["frequency"] == "weekly"
    assert people.member.patch(path, {"enabled": False}).get_json()["frequency"] == "weekly"
    assert people.member.put(path, {"enabled": True}).get_json()["frequency"] == "direct"


def test_many_are_set_at_once_and_those_that_say_nothing_keep_theirs(people: People):
    def update(**fields: str) -> list[str]:
        choices = [{**CHOICE, **fields}, {**CHOICE, "channel": "push", **fields}]
        body = {"preferences": choices}
        results = people.member.post("preferences/update_preferences/", body).get_json()["results"]
        return [result["frequency"] for result in results]

    assert update(frequency="daily") == ["daily", "daily"]
    assert update() == ["daily", "daily"]
    people.member.post("preferences/toggle_all/", {"enabled": False, "channel": "email"})
    assert cell(people.member, "comment", "email")["frequency"] == "daily"


SUMMARY = {**CHOICE, "notification_type": "summary"}


@pytest.mark.parametrize("fixed", [{**CHOICE, "channel": "in_app"}, MANDATORY, SUMMARY])
def test_the_inbox_summaries_and_what_is_mandatory_are_always_direct(people: People, fixed: dict):
    late = {**fixed, "frequency": "hourly"}
    stored = people.member.post("preferences/", {**fixed, "frequency": "direct"}).get_json()
    path = f"preferences/{stored['id']}/"
    for response, field in [
        (people.other.post("preferences/", late), "frequency"),
        (people.member.patch(path, {"frequency": "weekly"}), "frequency"),
        (people.member.put(path, {"enabled": True, "frequency": "weekly"}), "frequency"),
        (
            people.member.post("preferences/update_preferences/", {"preferences": [late]}),
            "preferences.0.frequency",
        ),
    ]:
        assert list(errors_of(response)) == [field]
    assert cell(people.member, fixed["notification_type"], fixed["channel"])["frequency"] == "direct"


def test_both_faults_of_a_choice_are_named(people: People):
    response = people.member.post("preferences/", {**MANDATORY, "enabled": False, "frequency": "daily"})
    assert set(errors_of(response)) == {"enabled", "frequency"}


def held(caller: Caller, notification_type: str = "comment", rule: Rule = Rule.FREQUENCY) -> int:
    """Have an email of a type wait until tomorrow, by this rule, and return its id."""
    with atomic() as session:
        event = notify(notification_type, recipients=[caller.id], title="A", message="B").event_id
        own = sa.select(Delivery.id).where(Delivery.recipient_id == caller.id, Delivery.channel == "email")
        delivery = session.scalars(own.order_by(Delivery.id.desc())).first()
        assert event and delivery
        waits = {"status": Status.HELD, "hold": rule, "due_at": after(86400)}
        session.execute(sa.update(Delivery).where(Delivery.id == delivery).values(waits))
    return int(delivery)


def is_due(delivery: int) -> bool:
    due_at = db.session.scalar(sa.select(Delivery.due_at).where(Delivery.id == delivery))
    return due_at is not None and due_at <= now()


def test_what_waits_for_a_summary_is_judged_anew_when_its_choice_changes(people: People):
    comment, mention = held(people.member), held(people.member, "mention")
    others = held(people.other)
    stored = people.member.post("preferences/", {**CHOICE, "frequency": "hourly"}).get_json()
    assert (is_due(comment), is_due(mention), is_due(others)) == (True, False, False)
    for method, body in [("PATCH", {"frequency": "weekly"}), ("DELETE", None)]:
        comment = held(people.member)
        people.member.send(method, f"preferences/{stored['id']}/", json=body)
        assert (is_due(comment), is_due(mention), is_due(others)) == (True, False, False)


def test_changing_many_has_all_judged_anew(people: People):
    comment, mention = held(people.member), held(people.member, "mention")
    people.member.post("preferences/toggle_all/", {"enabled": True, "channel": "email"})
    assert is_due(comment) and is_due(mention)
    comment, mention = held(people.member), held(people.member, "mention")
    both = [CHOICE, {**CHOICE, "notification_type": "mention"}]
    people.member.post("preferences/update_preferences/", {"preferences": both})
    assert is_due(comment) and is_due(mention)
