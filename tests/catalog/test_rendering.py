"""An event is said once in every language."""

import dataclasses

import pytest

from hackitech.catalog.definitions import Wording
from hackitech.catalog.loader import load_types
from hackitech.catalog.rendering import render_event_wording
from hackitech.catalog.wording import WordingError
from hackitech.channels.registry import channel_keys
from tests.catalog.samples import CHANNELS

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def room_change(folder):
    return load_types(CHANNELS, folder)["room_change"]


def test_each_language_says_it_and_a_channel_may_say_it_otherwise(room_change):
    said = render_event_wording(room_change, {"room": "Ada", "starts_at": "2027-03-13T13:30:00Z"})

    assert said == {
        "fr": {
            "title": "Salle Ada",
            "message": "Rendez-vous en salle Ada.\nDébut le 13 mars 2027 à 14:30.",
        },
        "en": {
            "title": "Room Ada",
            "message": "See you in room Ada.",
            "email": {"subject": "Now in room Ada"},
        },
    }


def test_what_is_left_out_is_simply_not_said(room_change):
    assert render_event_wording(room_change, {"room": "Ada"})["fr"]["message"] == "Rendez-vous en salle Ada."


def test_a_title_and_a_subject_stay_on_one_line(room_change):
    said = render_event_wording(room_change, {"room": "Ada\r\nBcc: all@hackitech.example"})

    assert said["en"]["title"] == "Room Ada Bcc: all@hackitech.example"
    assert said["en"]["email"]["subject"] == "Now in room Ada Bcc: all@hackitech.example"


def test_wording_knows_who_did_it():
    invitation = load_types(channel_keys())["team_invitation"]

    assert "Ana Silva" in render_event_wording(invitation, {"team": "Rust"}, "Ana Silva")["fr"]["message"]
    assert "On t’invite" in render_event_wording(invitation, {"team": "Rust"})["fr"]["message"]


def test_published_wording_that_cannot_be_rendered_says_so(room_change):
    broken = dataclasses.replace(room_change, wording={"fr": Wording("{{ gone }}", "m")})

    with pytest.raises(WordingError) as caught:
        render_event_wording(broken, {"room": "Ada"})

    assert caught.value.status == 422


def test_wording_comes_back_from_the_database_as_it_went():
    wording = Wording("t", "m", "a", {"email": {"subject": "s", "body": "b"}, "push": {"body": "p"}})

    assert Wording.from_json(wording.as_json()) == wording
