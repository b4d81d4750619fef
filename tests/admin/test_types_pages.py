"""The pages of types: the list, defaults, new types without code, retiring."""

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.core.clock import after
from hackitech.core.database import db
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.notification_type import NotificationType
from hackitech.models.session import Session
from hackitech.models.user import User
from hackitech.types import queries
from tests.factories import PASSWORD, make_user, same_origin, sign_in

pytestmark = pytest.mark.usefixtures("db_session", "own_types")
TYPE = "/admin/types/team_invitation/"
DEFAULTS = {
    "label.fr": "Équipe",
    "label.en": "Team",
    "description.fr": "On t’invite.",
    "description.en": "You are invited.",
    "category": "team",
    "priority": "high",
    "retention_days": "30",
    "channels.in_app.enabled": "1",
    "channels.email.enabled": "1",
    "channels.email.escalate_after": "2",
    "channels.email.unit": "h",
}
NEW = {
    **DEFAULTS,
    "key": "raffle",
    "params.0.name": "prize",
    "params.0.type": "string",
    "params.0.required": "1",
    "params.0.example": "Un casque",
    "params.0.label.fr": "Lot",
    "params.0.label.en": "Prize",
    "params.4.name": "drawn_at",
    "params.4.type": "datetime",
    "params.4.example": "2027-03-12T18:00",
    "params.4.label.fr": "Tirage",
    "params.4.label.en": "Draw",
    "wording.fr.title": "Gagné",
    "wording.fr.message": "Tu gagnes {{ prize }}.",
    "wording.en.title": "You won",
    "wording.en.message": "{{ prize }} is yours.",
}
Post = Callable[..., TestResponse]


@pytest.fixture
def admin(client: FlaskClient) -> User:
    user = make_user("admin", name="Ana")
    sign_in(client, user)
    return user


@pytest.fixture
def post(client: FlaskClient, admin: User) -> Iterator[Post]:
    """Send a form as a page of the admin does."""

    def send(path: str, form: dict[str, str] | None = None) -> TestResponse:
        return client.post(path, data=form or {}, headers=same_origin(client))

    yield send


def forget_the_password() -> None:
    """Let so much time pass that it is asked for again."""
    db.session.execute(sa.update(Session).values(authenticated_at=after(-3600)))
    db.session.commit()


def seen(client: FlaskClient) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(TYPE).text)
    assert found
    return found[1]


def test_the_list_says_where_each_type_goes_and_how_its_words_stand(client: FlaskClient, admin: User):
    html = client.get("/admin/types/").text

    assert "Team invitation" in html and "team_invitation" in html
    assert 'href="/admin/types/team_invitation/wording/fr"' in html
    assert "From its file" in html and "mandatory" in html and "version 1" in html
    assert "Retired" not in html


@pytest.mark.parametrize("role", ["member", "organiser"])
def test_types_are_for_administrators(client: FlaskClient, role: str):
    sign_in(client, make_user(role))

    for path in ("/admin/types/", TYPE, "/admin/types/new", f"{TYPE}wording/fr"):
        assert client.get(path).status_code == 403


def test_an_unknown_type_or_language_is_not_found(client: FlaskClient, post: Post):
    for path in ("nothing/", "nothing/wording/fr", "team_invitation/wording/de", "%00/"):
        assert client.get(f"/admin/types/{path}").status_code == 404, path
    for path in ("nothing/", "%00/", "%00/retire", "nothing/wording/fr/publish", "nothing/wording/de/draft"):
        assert post(f"/admin/types/{path}", DEFAULTS).status_code == 404, path


def test_defaults_are_saved(client: FlaskClient, post: Post):
    answer = post(TYPE, DEFAULTS | {"seen": seen(client)})

    assert (answer.status_code, answer.location) == (303, TYPE)
    stored = queries.get_type("team_invitation")
    assert (stored.label["fr"], stored.priority, stored.retention_days) == ("Équipe", "high", 30)
    assert (stored.channels["email"].escalate_after, stored.channels["push"].enabled) == (7200, False)
    html = client.get(TYPE).text
    assert 'value="Équipe"' in html and "Back to the file" in html
    assert "By an administrator" in client.get("/admin/types/").text


def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(client: FlaskClient, post: Post):
    wrong = {"retention_days": "soon", "label.en": "", "channels.push.mandatory": "1"}

    answer = post(TYPE, DEFAULTS | wrong | {"seen": seen(client)})

    assert answer.status_code == 422
    for field in ("retention_days", "label.en", "channels.push.reason.fr"):
        assert f'href="#{field}"' in answer.text and f'id="{field}-error"' in answer.text
    assert "Push, Why it is mandatory, in French – Write 1 to 300 characters." in answer.text
    assert 'value="Équipe"' in answer.text and 'value="soon"' in answer.text
    assert queries.get_type("team_invitation").source == "file"


def test_whoever_was_slower_sees_what_the_other_wrote_and_loses_nothing(client: FlaskClient, post: Post):
    old = seen(client)
    post(TYPE, DEFAULTS | {"seen": old})

    answer = post(TYPE, DEFAULTS | {"retention_days": "77", "seen": old})

    assert answer.status_code == 409
    assert 'value="77"' in answer.text
    assert re.search(r"<dt>Kept for \(days\)</dt><dd>30</dd>", answer.text)
    assert "Ana saved it on" in answer.text
    again = re.search(r'name="seen" value="(\w+)"', answer.text)
    assert again and again[1] != old
    post(TYPE, DEFAULTS | {"retention_days": "77", "seen": again[1]})
    assert queries.get_type("team_invitation").retention_days == 77


def test_back_to_the_files(client: FlaskClient, post: Post):
    post(TYPE, DEFAULTS | {"seen": seen(client)})

    assert post(f"{TYPE}restore").status_code == 303
    assert queries.get_type("team_invitation").label["fr"] == "Invitation dans une équipe"
    assert "Back to the file" not in client.get(TYPE).text


def test_a_type_is_retired_and_brought_back(client: FlaskClient, post: Post):
    assert post(f"{TYPE}retire").status_code == 303
    assert "Retired" in client.get("/admin/types/").text
    assert post(f"{TYPE}bring_back").status_code == 303
    assert not queries.get_type("team_invitation").retired


def test_what_is_mandatory_is_not_retired(client: FlaskClient, post: Post):
    post("/admin/types/account_security_alert/retire")

    html = client.get("/admin/types/account_security_alert/").text
    assert "cannot be retired" in html and "toast--error" in html
    assert not queries.get_type("account_security_alert").retired


def test_a_type_is_made_without_code(client: FlaskClient, post: Post):
    answer = post("/admin/types/new", NEW)

    assert (answer.status_code, answer.location) == (303, "/admin/types/raffle/")
    made = queries.get_type("raffle")
    assert list(made.params) == ["prize", "drawn_at"]
    assert made.params["drawn_at"].example == "2027-03-12T18:00:00+01:00"
    assert (made.source, made.wording["fr"].title) == ("admin", "Gagné")
    assert "Back to the file" not in client.get("/admin/types/raffle/").text


def params_seen(client: FlaskClient) -> str:
    found = re.search(
        r'raffle/params".*?name="seen" value="(\w+)"', client.get("/admin/types/raffle/").text, re.S
    )
    assert found
    return found[1]


def test_params_of_a_type_without_a_file_are_changed_as_far_as_its_wording_is_right(
    client: FlaskClient, post: Post
):
    post("/admin/types/new", NEW)
    old = params_seen(client)
    params = {name: value for name, value in NEW.items() if name.startswith("params.")} | {"seen": old}
    renamed = post("/admin/types/raffle/params", params | {"params.0.name": "price"})
    added = post("/admin/types/raffle/params", params | {"params.4.name": "closes_at"})
    late = post("/admin/types/raffle/params", params | {"params.0.label.en": "Gift"})

    assert (renamed.status_code, added.status_code, late.status_code) == (422, 303, 409)
    assert "Message, in French – Line 1: &#34;prize&#34; is not a param" in renamed.text
    assert 'name="params.0.name" value="price"' in renamed.text and 'value="Équipe"' in renamed.text
    assert "<dt>Param 1, Meaning, in English</dt><dd>Prize</dd>" in late.text
    assert list(queries.get_type("raffle").params) == ["prize", "closes_at"]
    assert post(f"{TYPE}params", params).status_code == 404


def test_a_new_type_that_is_wrong_is_refused_with_all_that_was_typed(post: Post):
    wrong = {"key": "Raffle!", "params.4.example": "tomorrow", "params.4.name": "Drawn"}

    answer = post("/admin/types/new", NEW | wrong)

    assert answer.status_code == 422
    for field in ("key", "params.1.name", "params.1.example"):
        assert f'href="#{field}"' in answer.text, field
    assert "Param 2, Example – Write an example" in answer.text
    assert "Tu gagnes {{ prize }}." in answer.text and 'value="tomorrow"' in answer.text


def test_wording_of_a_new_type_that_is_wrong_is_told_with_its_line(post: Post):
    answer = post("/admin/types/new", NEW | {"wording.en.message": "Hello\n{{ prise }}"})

    assert answer.status_code == 422
    assert 'href="#wording.en.message"' in answer.text
    assert "Line 2: &#34;prise&#34; is not a param of this type." in answer.text


def test_a_key_that_is_taken_is_refused(post: Post):
    answer = post("/admin/types/new", NEW | {"key": "team_invitation"})

    assert answer.status_code == 409
    assert "There is a type of this key already." in answer.text and 'value="prize"' in answer.text


def test_more_params_are_asked_for_without_losing_any(post: Post):
    answer = post("/admin/types/new/params", NEW)

    assert answer.status_code == 200
    assert 'name="params.1.name" value="drawn_at"' in answer.text
    assert 'name="params.4.name"' in answer.text and 'name="params.5.name"' not in answer.text
    assert db.session.get(NotificationType, "raffle") is None


@pytest.mark.parametrize(
    "path",
    [TYPE, f"{TYPE}params", f"{TYPE}restore", f"{TYPE}retire", f"{TYPE}bring_back", "/admin/types/new",
     f"{TYPE}wording/fr/publish", f"{TYPE}wording/fr/roll_back"],
)  # fmt: skip
def test_the_password_is_asked_again_and_nothing_is_lost(client: FlaskClient, post: Post, path: str):
    forget_the_password()

    answer = post(path, {"label.fr": "Ligne\nautre"})

    assert answer.status_code == 200
    assert "Confirm that it is you" in answer.text and 'name="label.fr"' in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0
    assert client.get(path).status_code in (200, 303)  # whoever reloads finds their way


def test_with_the_password_it_goes_on(client: FlaskClient, post: Post):
    forget_the_password()

    assert post("/admin/types/new", NEW | {"confirmed_password": PASSWORD}).status_code == 303
    assert queries.get_type("raffle").source == "admin"


@pytest.mark.parametrize(
    "hostile", ["\x00", "\ud800", "\u202eevil", "x" * 5_000, "<script>alert(1)</script>"]
)
def test_hostile_input_is_refused_or_harmless(client: FlaskClient, post: Post, hostile: str):
    text = hostile.encode("utf-8", "surrogatepass").decode("latin-1")

    answers = [
        post(TYPE, dict.fromkeys(DEFAULTS, text) | {"seen": text}),
        post("/admin/types/new", dict.fromkeys(NEW, text)),
        post("/admin/types/new/params", {f"params.{text}.name": "x", "params.9999999.name": "x"}),
        client.get("/admin/types/team_invitation/wording/fr/diff", query_string={"from": text, "to": "1"}),
    ]

    assert {answer.status_code for answer in answers} <= {200, 404, 422}
    assert all("<script>alert" not in answer.text for answer in answers)
