"""The editor of wording: previews, mistakes at their line, drafts, versions, what changed, and back."""

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.catalog.definitions import Wording
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.event import Event
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from hackitech.types import queries, wording_service
from hackitech.types.queries import Place
from tests.factories import make_user, same_origin, sign_in

pytestmark = pytest.mark.usefixtures("db_session", "own_types")
EDITOR = "/admin/types/team_invitation/wording/fr"
FRENCH = Place("team_invitation", "fr")
WORDS = {"title": "Rejoins {{ team }}", "message": "Salut,\r\n{{ actor }} t’attend.", "base": "1"}
FRAGMENT = {"HX-Request": "true"}
Post = Callable[..., TestResponse]


@pytest.fixture
def admin(client: FlaskClient) -> User:
    user = make_user("admin", name="Ana")
    sign_in(client, user)
    return user


@pytest.fixture
def post(client: FlaskClient, admin: User) -> Iterator[Post]:
    """Send a form as the editor does."""

    def send(action: str, form: dict[str, str], **headers: str) -> TestResponse:
        return client.post(f"{EDITOR}/{action}", data=form, headers={**same_origin(client), **headers})

    yield send


def test_the_editor_shows_what_is_in_force_and_what_it_makes_of_the_examples(
    client: FlaskClient, admin: User
):
    answer = client.get(EDITOR)

    assert "Invitation dans l’équipe {{ team }}" in answer.text
    assert "Invitation dans l’équipe Rust" in answer.text
    assert "{{ respond_by }}" in answer.text and "Answer expected before" in answer.text
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_preview_keeps_nothing_and_says_what_was_typed(post: Post):
    part = post("preview", WORDS, **FRAGMENT)
    page = post("preview", WORDS)

    assert part.text.startswith("<div") and "<html" not in part.text
    for answer in (part, page):
        assert answer.status_code == 200
        assert "Rejoins Rust" in answer.text and "Ana t’attend." in answer.text
    assert 'name="base" value="1"' in page.text and "Rejoins {{ team }}" in page.text
    assert queries.states()[FRENCH].draft is None


def test_a_mistake_is_shown_with_its_line_and_a_remedy_in_the_readers_language(
    post: Post, admin: User, client: FlaskClient
):
    words = WORDS | {"message": "Salut\n{{ temas }}", "email.subject": "{% if team %}x"}

    english = post("preview", words, **FRAGMENT).text
    admin.locale = "fr"
    db.session.commit()
    french = post("preview", words, **FRAGMENT).text

    assert "2 things to mend" in english and "Message, line 2" in english
    assert "&#34;temas&#34; is not a param of this type. Write one of: team, hackathon" in english
    assert '<span class="muted">2</span> {{ temas }}' in english
    assert "Subject, Email, line 1" in english and "Write {% endif %} after it." in english
    assert "Message, ligne 2" in french and "n’est pas un paramètre de ce type" in french
    assert "Écris {% endif %} après." in french


def test_the_email_is_shown_in_a_frame_that_runs_nothing(client: FlaskClient, post: Post):
    hostile = WORDS | {"email.subject": "Objet {{ team }}", "message": "<script>alert(1)</script>"}

    stored, typed = client.get(f"{EDITOR}/email"), post("email", hostile)

    assert "Ana t’invite" in stored.text and "Objet Rust" in typed.text
    assert "<script>" not in typed.text
    for answer in (stored, typed):
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)


def test_a_draft_is_kept_and_shown_and_not_sent(client: FlaskClient, post: Post):
    answer = post("draft", WORDS)

    assert (answer.status_code, answer.location) == (303, EDITOR)
    html = client.get(EDITOR).text
    assert "a draft by Ana" in html and "Rejoins {{ team }}" in html and 'name="base" value="2"' in html
    assert queries.version_in_force(FRENCH).version == 1
    assert "Draft" in client.get("/admin/types/").text
    assert "Rejoins Rust" in client.get(f"{EDITOR}/email").text


def test_what_is_published_is_what_notifications_say(client: FlaskClient, post: Post):
    assert post("publish", WORDS).status_code == 303

    assert "Version 2 is in force." in client.get(EDITOR).text
    with atomic():
        notify("team_invitation", recipients=[make_user()], params={"team": "Ada"})
    event = db.session.scalars(sa.select(Event)).one()
    assert event.title["fr"] == "Rejoins Ada" and event.message["fr"] == "Salut,\n t’attend."


def test_what_is_wrong_is_not_published_and_nothing_typed_is_lost(post: Post):
    answer = post("publish", WORDS | {"title": "", "message": "{{ team | shout }}"})

    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert 'href="#text-title"' in answer.text and 'href="#text-message"' in answer.text
    assert "{{ team | shout }}" in answer.text and "unknown filter" in answer.text.lower()
    assert queries.version_in_force(FRENCH).version == 1


def test_whoever_was_slower_sees_what_differs_and_loses_nothing(post: Post):
    post("publish", WORDS | {"title": "Premier {{ team }}"})

    answer = post("publish", WORDS | {"title": "Second {{ team }}"})

    assert answer.status_code == 409
    assert "Version 2, Ana" in answer.text
    assert "<mark" in answer.text and "Premier" in answer.text and "Second {{ team }}" in answer.text
    assert 'name="base" value="2"' in answer.text
    assert post("publish", WORDS | {"title": "Second {{ team }}", "base": "2"}).status_code == 303
    assert [queries.get_version(FRENCH, number).wording["title"] for number in (2, 3)] == [
        "Premier {{ team }}",
        "Second {{ team }}",
    ]


def test_two_versions_are_compared_line_by_line_and_word_by_word(client: FlaskClient, post: Post):
    post("publish", WORDS)
    post("publish", WORDS | {"message": "Salut,\n{{ actor }} t’espère.", "base": "2"})

    html = client.get(f"{EDITOR}/diff?from=2&to=3").text

    assert "Title" not in re.findall(r"<h3>(.*?)</h3>", html)
    assert re.search(r'<del class="diff__line">− {{ actor }} t’<mark class="diff__words">attend</mark>', html)
    assert re.search(
        r'<ins class="diff__line">\+ {{ actor }} t’<mark class="diff__words">espère</mark>', html
    )
    assert "  Salut," in html
    assert client.get(f"{EDITOR}/diff?from=2&to=2").text.count("They say the same.") == 1
    for query in ("", "?from=1", "?from=1&to=99", "?from=x&to=-1"):
        assert client.get(f"{EDITOR}/diff{query}").status_code == 404


def test_going_back_is_a_new_version(client: FlaskClient, post: Post):
    before = queries.version_in_force(FRENCH).wording
    post("publish", WORDS)

    assert post("roll_back", {"version": "1", "base": "2"}).status_code == 303
    assert queries.version_in_force(FRENCH).version == 3
    assert queries.version_in_force(FRENCH).wording == before
    post("roll_back", {"version": "2", "base": "2"})
    assert "Somebody else wrote a newer version" in client.get(EDITOR).text
    assert post("roll_back", {"version": "9", "base": "3"}).status_code == 404


def test_the_list_of_versions_has_pages(client: FlaskClient, admin: User):
    for number in range(1, 22):
        wording_service.publish(FRENCH, Wording(f"No. {number}", "m"), number, admin.id)

    first = client.get(EDITOR).text
    older = re.search(r'href="([^"]+cursor=[^"]+)"', first)
    assert older
    html = client.get(older[1].replace("&amp;", "&")).text
    assert "Version 22" in first and '<th scope="row">Version 2</th>' not in first
    assert '<th scope="row">Version 2</th>' in html
