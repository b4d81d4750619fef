"""Signed links and tokens: ours are believed, everything else is not."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from hackitech.core import clock
from hackitech.core.signing import (
    BadSignature,
    check_link,
    read_unsubscribe_token,
    sign,
    sign_link,
    unsign,
    unsubscribe_token,
)

OLD, NEW = "old-key-" + "o" * 30, "new-key-" + "n" * 30


@pytest.fixture
def signing_app() -> Iterator[Flask]:
    app = Flask("signing")
    app.config.update(SECRET_KEY=OLD, SECRET_KEY_FALLBACKS=[])
    with app.app_context():
        yield app


def test_a_token_carries_its_payload(signing_app: Flask):
    assert unsign("undo", sign("undo", {"ids": [1, 2], "é": None})) == {"ids": [1, 2], "é": None}


def test_a_token_is_safe_in_an_address(signing_app: Flask):
    assert set(sign("undo", "ÿ?&/" * 20)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    )


def test_a_token_for_one_purpose_is_worthless_for_another(signing_app: Flask):
    with pytest.raises(BadSignature):
        unsign("reset", sign("undo", 1))


@pytest.mark.parametrize("token", ["", ".", "a.b", "é", "x" * 5000, "W10.", "\x00", "[" * 3000])
def test_what_is_not_ours_is_refused(signing_app: Flask, token: str):
    with pytest.raises(BadSignature):
        unsign("undo", token)


def test_every_altered_letter_is_noticed(signing_app: Flask):
    token = sign("undo", [42, "team_invitation"])
    for place in range(len(token) - 1):  # the last letter of base64 carries spare bits
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(BadSignature):
            unsign("undo", altered)


def test_a_former_key_is_accepted_until_it_is_dropped(signing_app: Flask):
    token = unsubscribe_token(7, "announcement")
    signing_app.config.update(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD])
    assert read_unsubscribe_token(token) == (7, "announcement")
    assert unsubscribe_token(7, "announcement") != token
    signing_app.config.update(SECRET_KEY_FALLBACKS=[])
    with pytest.raises(BadSignature):
        read_unsubscribe_token(token)


def signature_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["signature"][0]


def test_a_link_is_good_for_its_reader_alone(signing_app: Flask):
    signature = signature_of(sign_link("/teams/12", 5))
    assert check_link("/teams/12", 5, signature, clock.now())
    assert not check_link("/teams/12", 6, signature, clock.now())
    assert not check_link("/teams/13", 5, signature, clock.now())
    assert not check_link("/teams/12?admin=1", 5, signature, clock.now())
    assert not check_link("/teams/12", 5, signature + "x", clock.now())


def test_a_link_ends(signing_app: Flask):
    signature = signature_of(sign_link("/teams/12", 5))
    assert check_link("/teams/12", 5, signature, clock.now() + dt.timedelta(days=29))
    assert not check_link("/teams/12", 5, signature, clock.now() + dt.timedelta(days=31))


def test_a_link_keeps_its_query_and_fragment(signing_app: Flask):
    link = sign_link("/teams/12?tab=members&x=%C3%A9#top", 5)
    parts = urlsplit(link)
    assert parts.path == "/teams/12" and parts.fragment == "top"
    assert parts.query.startswith("tab=members&x=%C3%A9&signature=")
    assert check_link("/teams/12?tab=members&x=%C3%A9", 5, signature_of(link), clock.now())
