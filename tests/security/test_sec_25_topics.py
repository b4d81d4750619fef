"""A closed topic can be neither joined nor seen by those who are not in it: it answers as one that is not."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.callers import Caller, People, make_people
from tests.topics.conftest import make_topic, put_into

CLOSED, UNKNOWN = "jury-deliberation", "unknown"
ROUTES = [
    ("GET", "topics/{key}/subscription/", None),
    ("PUT", "topics/{key}/subscription/", {}),
    ("PUT", "topics/{key}/subscription/", {"muted_until": "2100-01-01T00:00:00Z"}),
    ("DELETE", "topics/{key}/subscription/", None),
    ("PATCH", "topics/{key}/", {"open": True}),
    ("GET", "topics/{key}/members/", None),
    ("PUT", "topics/{key}/members/{me}/", None),
    ("DELETE", "topics/{key}/members/{me}/", None),
]


@pytest.fixture
def people(app: Flask, db_session: object) -> People:
    people = make_people(app)
    make_topic(people.admin, CLOSED, open=False)
    put_into(people.admin, CLOSED, people.member)
    return people


def everything_about(key: str, caller: Caller) -> list[TestResponse]:
    return [
        caller.send(method, path.format(key=key, me=caller.id), json=body) for method, path, body in ROUTES
    ]


def test_to_outsiders_it_answers_exactly_as_one_that_does_not_exist(people: People):
    for outsider in (people.other, people.organiser):
        closed, unknown = everything_about(CLOSED, outsider), everything_about(UNKNOWN, outsider)
        for route, ours, theirs in zip(ROUTES, closed, unknown, strict=True):
            assert ours.status_code in (403, 404), route
            assert (ours.status_code, ours.get_json()) == (theirs.status_code, theirs.get_json()), route


def test_it_is_in_no_list_of_outsiders(people: People):
    for outsider in (people.other, people.organiser):
        for path in ("topics/", "topics/subscriptions/"):
            assert CLOSED not in outsider.get(path).get_data(as_text=True)


def test_trying_leaves_outsiders_out(people: People):
    everything_about(CLOSED, people.other)
    everything_about(CLOSED, people.organiser)
    members = people.admin.get(f"topics/{CLOSED}/members/").get_json()["results"]
    assert [row["user"] for row in members] == [people.member.id]


def test_whoever_was_taken_out_sees_it_no_more(people: People):
    people.admin.delete(f"topics/{CLOSED}/members/{people.member.id}/")
    assert people.member.put(f"topics/{CLOSED}/subscription/").status_code == 404
    assert people.member.get("topics/").get_json()["results"] == []


def test_a_topic_that_is_closed_keeps_its_members_and_nobody_else(people: People):
    make_topic(people.admin, "rust")
    people.member.put("topics/rust/subscription/")
    people.admin.patch("topics/rust/", {"open": False})
    assert people.member.get("topics/rust/subscription/").status_code == 200
    assert people.other.put("topics/rust/subscription/").status_code == 404
