"""The types that ship: enough of them, worded in good French and English, as the contract says."""

import re
from collections.abc import Iterator

import pytest

from hackitech.catalog.categories import CATEGORIES, category_label
from hackitech.catalog.definitions import TypeDefinition
from hackitech.catalog.loader import load_types
from hackitech.catalog.rendering import render_event_wording
from hackitech.channels.registry import channel_keys
from hackitech.core.i18n import LOCALES
from tests.typography import WRONG_IN_FRENCH

pytestmark = pytest.mark.sqlite_only
TYPES = load_types(channel_keys())


def flat(texts: dict) -> Iterator[str]:
    for value in texts.values():
        yield from flat(value) if isinstance(value, dict) else [value]


def renderings(definition: TypeDefinition) -> Iterator[dict]:
    """Say a type with every example and an actor, then with the least that it requires."""
    examples = {name: param.example for name, param in definition.params.items()}
    required = {name: value for name, value in examples.items() if definition.params[name].required}
    yield render_event_wording(definition, examples, "Ana Silva")
    yield render_event_wording(definition, required)


def test_there_are_enough_types_for_a_hackathon_platform():
    assert len(TYPES) >= 14
    assert {definition.category for definition in TYPES.values()} == set(CATEGORIES)


@pytest.mark.parametrize("key", ["team_invitation", "announcement"])
def test_the_types_that_the_contract_names_go_in_app_and_by_email_at_once(key):
    channels = TYPES[key].channels

    assert channels["in_app"].enabled and channels["email"].enabled
    assert all(default.escalate_after is None for default in channels.values())


def test_an_invitation_needs_nothing_but_the_team():
    assert [name for name, param in TYPES["team_invitation"].params.items() if param.required] == ["team"]


def test_a_security_alert_cannot_be_turned_off():
    alert = TYPES["account_security_alert"]

    assert [key for key, default in alert.channels.items() if default.mandatory] == ["in_app", "email"]
    assert alert.priority == "high"


def test_a_password_reset_goes_by_email_alone_and_signs_its_link():
    reset = TYPES["password_reset"]

    assert [key for key, default in reset.channels.items() if default.enabled] == ["email"]
    assert reset.channels["email"].mandatory and reset.sign_action


@pytest.mark.parametrize("key", TYPES)
def test_every_type_says_something_in_each_language(key):
    for said in renderings(TYPES[key]):
        assert set(said) == set(LOCALES)
        for texts in said.values():
            assert all(text and "{" not in text for text in flat(texts))
            assert len(texts["title"]) <= 80 and "\n" not in texts["title"]
            assert not any(re.search(r"[ \t]{2}|\n\n\n| [.,]", text) for text in flat(texts))


@pytest.mark.parametrize("key", TYPES)
def test_the_french_is_set_as_french(key):
    definition = TYPES[key]
    reasons = [default.reason for default in definition.channels.values() if default.reason]
    labels = [definition.label, definition.description, *reasons]
    labels += [param.label for param in definition.params.values()]
    texts = [label["fr"] for label in labels]
    texts += [text for said in renderings(definition) for text in flat(said["fr"])]

    for text in texts:
        assert not WRONG_IN_FRENCH.search(text), text


@pytest.mark.parametrize("key", TYPES)
def test_members_are_addressed_as_friends(key):
    for said in renderings(TYPES[key]):
        for text in flat(said["fr"]):
            assert not re.search(r"\b(vous|votre|vos)\b", text.replace("endez-vous", ""), re.IGNORECASE), text


def test_categories_have_a_name_in_each_language():
    assert category_label("team", "fr") == "Équipe"
    assert category_label("gone", "fr") == "gone"
    assert all(set(names) == set(LOCALES) for names in CATEGORIES.values())
