"""A broken file is refused with its name, its line, and what to write instead."""

import re
from pathlib import Path

import pytest

from hackitech.catalog.loader import load_types
from hackitech.catalog.source import CatalogError
from tests.catalog.samples import CHANNELS, SMALL


def refusal(folder: Path, old: str, new: str) -> str:
    assert old in SMALL
    (folder / "room_change.toml").write_text(SMALL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_types(CHANNELS, folder)
    return str(caught.value)


def line_of(text: str) -> int:
    return SMALL[: SMALL.index(text)].count("\n") + 1


def test_a_file_gives_the_whole_type(folder):
    found = load_types(CHANNELS, folder)["room_change"]

    assert (found.category, found.priority, found.retention_days) == ("hackathon", "high", 60)
    assert found.label == {"fr": "Changement de salle", "en": "Room change"}
    assert found.params["room"].required and not found.params["starts_at"].required
    assert [key for key, default in found.channels.items() if default.enabled] == ["in_app", "email"]
    assert found.wording["en"].channels == {"email": {"subject": "Now in room {{ room }}"}}
    assert found.channels["email"].escalate_after is None and not found.sign_action


def test_a_delay_is_read_in_seconds(folder):
    text = SMALL.replace("[channels.email]", '[channels.email]\nescalate_after = "15m"')
    (folder / "room_change.toml").write_text(text, encoding="utf-8")

    assert load_types(CHANNELS, folder)["room_change"].channels["email"].escalate_after == 900


def test_an_unknown_channel_is_refused_in_one_exact_sentence(folder):
    expected = 'unknown channel "emial". Write one of: in_app, email, push.'

    assert refusal(folder, "[channels.email]", "[channels.emial]") == (
        f"room_change.toml:{line_of('[channels.email]')}: {expected}"
    )


BROKEN = [
    ('priority = "high"', 'priority = "high', 'priority = "high"', "not valid TOML"),
    ('priority = "high"', "priority = high", 'priority = "high"', 'Write key = "text"'),
    ('en = "A room changes."', 'en = "A room changes."\nen = "Twice"', "[params.room]", "overwrite a value"),
    ('category = "hackathon"', 'categry = "hackathon"', 'category = "hackathon"', 'Did you mean "category"?'),
    (
        'category = "hackathon"',
        'category = "hackaton"',
        'category = "hackathon"',
        "Write one of: team, hackathon",
    ),
    ('category = "hackathon"\n', "", 'key = "room_change"', 'missing key "category"'),
    ('key = "room_change"', 'key = "room"', 'key = "room_change"', 'Write key = "room_change".'),
    (
        'priority = "high"',
        'priority = "top"',
        'priority = "high"',
        "Write one of: low, normal, high, urgent.",
    ),
    ("retention_days = 60", 'retention_days = "60"', "retention_days = 60", "Write a whole number"),
    ("retention_days = 60", "retention_days = true", "retention_days = 60", "Write a whole number"),
    ("retention_days = 60", "retention_days = 0", "retention_days = 60", "Write 180."),
    (
        "[channels.email]",
        '[channels.email]\nescalate_after = "soon"',
        "[channels.email]",
        'Write it as "30m"',
    ),
    ('en = "Room change"\n', "", "[label]", 'missing language "en" in label. Write label in en too.'),
    ('en = "Room change"', 'en = "Room change"\nde = "Raum"', "\n[description]", 'unknown language "de"'),
    ('fr = "Changement de salle"', 'fr = " "', 'fr = "Changement', "Write its text."),
    ("[params.room]", "[params.Room]", "[params.room]", "Write another name"),
    ("[params.room]", "[params.actor]", "[params.room]", '"actor" cannot be a param'),
    ('type = "string"', 'type = "text"', 'type = "string"', "Write one of: string, integer, number"),
    ("required = true", 'required = "yes"', "required = true", "Write true or false, without quotes."),
    ('example = "Ada"\n', "", "[params.room]", "Write example = and a likely value."),
    ('"2027-03-13T13:30:00Z"', '"tomorrow"', 'example = "2027', "such as 2027-03-12T18:00:00+01:00"),
    (
        "enabled = false",
        "enable = false",
        "enabled = false",
        "Write one of: enabled, mandatory, reason, escalate_after.",
    ),
    ("enabled = false", "enabled = false\nmandatory = true", "enabled = false", "Write enabled = true."),
    ("enabled = false", "enabled = true\nmandatory = true", "\n[wording.fr]", "Write [channels.push.reason]"),
    ("enabled = false", 'enabled = true\nreason.fr = "Non"', "enabled = false", "Write mandatory = true."),
    ("[wording.fr]", "[wording.de]", "[wording.fr]", 'unknown language "de"'),
    ('title = "Room {{ room }}"\n', "", "[wording.en]", 'missing key "title" in [wording.en]'),
    ('title = "Room {{ room }}"', "title = 12", 'title = "Room', "Write a text in quotes"),
    ("[wording.en.email]", "[wording.en.in_app]", "[wording.en.email]", 'unknown key "in_app"'),
    ('subject = "Now', 'subjet = "Now', 'subject = "Now', "Write one of: subject, body."),
    ('title = "Room {{ room }}"', 'title = "Room {{ room }"', 'title = "Room', "Write }} after it."),
    (
        'title = "Room {{ room }}"',
        'title = "Room {{ rom }}"',
        'title = "Room',
        "Write one of: room, starts_at",
    ),
    ("Début le {{ starts_at }}", "{{ start }}", "{% if starts_at %}", '"start" is not a param'),
    ("Début le {{ starts_at }}", "{{ starts_at | dte }}", "{% if starts_at %}", 'Did you mean "date"?'),
    ("{% if starts_at %}", "{% fi starts_at %}", "{% if starts_at %}", "unexpected tag 'fi'"),
    ("{% endif %}\n", "", "{% if starts_at %}", "Write {% endif %} after it."),
    ("Début le {{ starts_at }}", "{{ room | date }}", "[wording.fr]", "takes a param of type datetime"),
]


@pytest.mark.parametrize(("old", "new", "near", "says"), BROKEN)
def test_a_broken_file_is_refused_with_its_line_and_a_remedy(folder, old, new, near, says):
    text = refusal(folder, old, new)

    found = re.match(r"room_change\.toml:(\d+): .+\. .+[.?…]$", text, re.DOTALL)
    assert found, text
    assert says in text
    assert abs(int(found[1]) - line_of(near)) <= 1, text


def test_a_text_that_is_not_utf_8_is_refused_with_its_line(folder):
    (folder / "room_change.toml").write_bytes(SMALL.encode().replace("Début".encode(), b"D\xe9but"))

    with pytest.raises(CatalogError, match="not UTF-8 text. Save the file as UTF-8."):
        load_types(CHANNELS, folder)


def test_a_name_that_cannot_be_a_key_is_refused(folder):
    (folder / "room_change.toml").rename(folder / "Room-Change.toml")

    with pytest.raises(CatalogError, match="Name the file in small letters"):
        load_types(CHANNELS, folder)


def test_a_channel_that_a_file_does_not_name_is_off_unless_members_turn_it_on(folder):
    webhook = load_types((*CHANNELS, "webhook"), folder)["room_change"].channels["webhook"]

    assert not webhook.enabled and not webhook.mandatory and webhook.reason is None
