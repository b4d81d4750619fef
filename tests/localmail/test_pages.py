"""The local run's mail in a browser: there in development, harmless, and nowhere else."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from hackitech.app import create_app

pytestmark = pytest.mark.sqlite_only
HTML = "<p style='color:red'>Bonjour <b>Ana</b></p><script>alert(1)</script>"
Open = Callable[..., FlaskClient]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mail = tmp_path / "mail"
    mail.mkdir()
    return mail


@pytest.fixture
def browse(app_settings: dict[str, Any], tmp_path: Path) -> Open:
    """Return a browser of a development run, whose mail server is local unless the settings differ."""

    def browse(**settings: Any) -> FlaskClient:
        development = {"ENVIRONMENT": "development", "INSTANCE": str(tmp_path)}
        client = create_app({**app_settings, **development, **settings}).test_client()
        client.set_cookie("locale", "en")
        return client

    return browse


def caught(folder: Path, number: int = 1, html: str | None = HTML, subject: str = "Été à Paris") -> str:
    """Write a message as the catcher does, and return its id."""
    message = EmailMessage()
    message["X-Envelope-To"] = "ana@example.org"
    message["From"] = "Hackitech <notifications@hackitech.example>"
    message["To"] = "ana@example.org"
    message["Subject"] = subject
    message.set_content("Bonjour Ana\n")
    if html is not None:
        message.add_alternative(html, subtype="html")
    id_ = f"{1_790_000_000_000_000_000 + number:020}-{number:06}"
    (folder / f"{id_}.eml").write_bytes(message.as_bytes())
    return id_


def test_an_empty_folder_and_none_at_all_say_so(browse: Open, folder: Path) -> None:
    client = browse()
    assert "No mail yet" in client.get("/dev/mail").text
    folder.rmdir()
    assert "No mail yet" in client.get("/dev/mail").text


def test_an_empty_folder_says_which_addresses_fail(browse: Open, folder: Path) -> None:
    page = browse().get("/dev/mail").text
    assert "<code>temp-fail@…</code>" in page and "is suppressed" in page
    caught(folder)
    assert "temp-fail" not in browse().get("/dev/mail").text


def test_the_newest_comes_first(browse: Open, folder: Path) -> None:
    caught(folder, 1, subject="First")
    caught(folder, 2, subject="Second")
    (folder / "unfinished.new").touch()
    (folder / "foreign.eml").touch()
    page = browse().get("/dev/mail").text
    assert page.index("Second") < page.index("First")
    assert page.count("ana@example.org") == 2


def test_a_message_shows_its_parts_and_headers(browse: Open, folder: Path) -> None:
    id_ = caught(folder)
    page = browse().get(f"/dev/mail/{id_}")
    assert "Été à Paris" in page.text
    assert "Bonjour Ana" in page.text
    assert f'<iframe class="panel mail__frame" sandbox src="/dev/mail/{id_}/body"' in page.text
    assert "<script>alert" not in page.text
    assert page.headers["Content-Security-Policy"].endswith("; frame-src 'self'")


def test_its_html_part_is_served_in_a_sandbox(browse: Open, folder: Path) -> None:
    part = browse().get(f"/dev/mail/{caught(folder)}/body")
    assert part.text.strip() == HTML
    policy = part.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert not any(rule.startswith("script-src") for rule in policy)


def test_a_plain_message_has_no_frame(browse: Open, folder: Path) -> None:
    id_ = caught(folder, html=None)
    client = browse()
    assert "<iframe" not in client.get(f"/dev/mail/{id_}").text
    assert client.get(f"/dev/mail/{id_}/body").status_code == 404


def test_a_broken_message_is_shown_as_far_as_it_goes(browse: Open, folder: Path) -> None:
    id_ = caught(folder)
    (folder / f"{id_}.eml").write_bytes(
        b"Subject: =?x?q?=ff?=\r\nContent-Type: text/html; charset=no\r\n\r\n\xff"
    )
    client = browse()
    for path in ("/dev/mail", f"/dev/mail/{id_}", f"/dev/mail/{id_}/body"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("name", ["1-1", "x", "..%2F..%2Fsecret_key", "%2e%2e", "٣-٣", "1" * 40])
def test_other_names_are_not_found(browse: Open, folder: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret_key").write_text("secret")
    assert browse().get(f"/dev/mail/{name}").status_code == 404


@pytest.mark.parametrize(
    "settings",
    [
        {"ENVIRONMENT": "production"},
        {"ENVIRONMENT": "test"},
        {"SMTP_URL": "smtps://user:password@mail.example.org:465"},
    ],
)
def test_it_is_not_there_where_mail_leaves(browse: Open, settings: dict[str, str]) -> None:
    assert browse(**settings).get("/dev/mail").status_code == 404


def test_it_answers_this_machine_alone(browse: Open) -> None:
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert browse().get("/dev/mail", environ_base=elsewhere).status_code == 404
    assert browse(SMTP_URL="").get("/dev/mail").status_code == 200
