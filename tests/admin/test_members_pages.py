"""The pages of members: found, seen whole, given a role, suspended, helped in; or it is said why not."""

import datetime as dt
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from hackitech.accounts import service
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.errors import Conflict
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.device import Device
from hackitech.models.event import Event
from hackitech.models.session import Session
from hackitech.models.subscription import Subscription
from hackitech.models.suppression import Suppression
from hackitech.models.topic import Topic
from hackitech.models.user import User
from tests.admin.staff import Staff
from tests.factories import make_token, make_user, sign_in

NEW = {
    "email": "New@Example.org",
    "name": "Noé",
    "external_id": "",
    "locale": "en",
    "timezone": "Asia/Tokyo",
    "role": "organiser",
}


_numbers = count(1)


def store(*rows: Any) -> None:
    with atomic() as session:
        session.add_all(rows)


def bounced(user: User) -> Suppression:
    return Suppression(channel="email", address=user.email, reason="550 no such user", created_at=now())


def device(user: User, kind: str = "webpush", **columns: Any) -> Device:
    number = next(_numbers)
    values = {"name": "", "address": f"https://push.example/{number}", "address_hash": str(number)}
    return Device(user_id=user.id, kind=kind, created_at=now(), **{**values, **columns})


def stored(user: User) -> User:
    db.session.expire_all()
    return db.session.get_one(User, user.id)


def audited() -> list[tuple[Any, ...]]:
    entries = sa.select(AuditEntry.action, AuditEntry.object_id, AuditEntry.before, AuditEntry.after)
    return [tuple(row) for row in db.session.execute(entries.order_by(AuditEntry.id))]


def names(html: str, *among: str) -> list[str]:
    return [name for name in among if f">{name}</a>" in html]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Émilie", "Bob", "Carl"]),
        ("q=émilie", ["Émilie"]),
        ("q=ÉMILIE", ["Émilie"]),
        ("q=BOB@", ["Bob"]),
        ("q=p-77", ["Carl"]),
        ("q=%25", []),
        ("q=%00bob", ["Bob"]),
        ("role=organiser", ["Bob"]),
        ("state=suspended", ["Carl"]),
        ("state=active&role=member", ["Émilie"]),
        ("state=bounced", ["Bob"]),
        ("role=king&state=what&colour=red", ["Émilie", "Bob", "Carl"]),
    ],
)
def test_members_are_found(admin: Staff, query: str, found: list[str]) -> None:
    make_user(name="Émilie")
    bob = make_user("organiser", name="Bob", email="bob@example.org")
    make_user(name="Carl", external_id="P-77", active=False)
    store(bounced(bob))
    assert names(admin.get(f"members/?{query}").text, "Émilie", "Bob", "Carl") == found


def test_the_list_says_what_reaches_each_and_when_they_were_seen(admin: Staff) -> None:
    ann = make_user(name="Ann", last_seen_at=now() - dt.timedelta(hours=3))
    make_user(name="Bea", last_seen_at=None)
    store(bounced(ann), device(ann), device(ann), device(ann, "fcm"), device(ann, "apns", disabled_at=now()))
    store(device(ann, address_hash="x", address="https://secret.example"))
    html = admin.get("members/").text
    assert "Email bounces" in html and "Never" in html and "3 hr. ago" in html
    assert "Browser: 3" in html and "Android app: 1" in html and "iPhone" not in html


def test_many_are_shown_a_page_at_a_time(admin: Staff) -> None:
    for number in range(27):
        make_user(name=f"Nr {number:02}")
    first = admin.get("members/?q=Nr").text
    assert "Nr 26" in first and "Nr 01" not in first and "Show newer ones" not in first
    older = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = admin.get(older).text
    assert "q=Nr" in older and "Nr 01" in second and "Nr 26" not in second and "Show newer ones" in second
    assert admin.get("members/?cursor=nonsense").status_code == 422


def test_the_page_of_a_member_says_everything_but_secrets(admin: Staff) -> None:
    ann = make_user(name="Ann", external_id="p-1", locale="fr")
    secret = make_token(ann, ["read"], name="CI")
    store(bounced(ann), device(ann, name="Work laptop"), topic := Topic(
        key="rust", label={"fr": "Rouille", "en": "Rust"}, is_open=True, created_at=now()))  # fmt: skip
    store(Subscription(topic_id=topic.id, user_id=ann.id, created_at=now()))
    html = admin.get(f"members/{ann.id}/").text
    for shown in (
        "p-1",
        "Français",
        "550 no such user",
        "Work laptop",
        "Rust",
        "CI",
        "Signed in on 0 browsers",
    ):
        assert shown in html, shown
    assert "push.example" not in html and secret not in html
    assert f"/admin/log/?person={ann.id}" in html and "object_type=user" in html


def test_unknown_members_are_404(admin: Staff) -> None:
    for path in ("", "edit"):
        assert admin.get(f"members/987654321/{path}").status_code == 404
    for action in ("role", "suspend", "reactivate", "lift", "send-link", "sign-out", "edit"):
        answer = admin.post(f"members/987654321/{action}", {"role": "member"})
        assert answer.status_code == 404, action
    assert audited() == []


def test_a_new_role_ends_their_sessions_and_is_audited(
    admin: Staff, make_client: Callable[[], FlaskClient]
) -> None:
    ann, theirs = make_user(name="Ann"), make_client()
    sign_in(theirs, ann)
    answer = admin.post(f"members/{ann.id}/role", {"role": "organiser"})
    assert answer.headers["Location"] == f"/admin/members/{ann.id}/"
    assert stored(ann).role == "organiser"
    assert theirs.get("/inbox").headers["Location"].startswith("/login")
    assert audited() == [("user.update", str(ann.id), {"role": "member"}, {"role": "organiser"})]
    assert "Organiser" in admin.get(answer.headers["Location"]).text


def test_a_role_that_there_is_not_is_refused(admin: Staff) -> None:
    ann = make_user()
    answer = admin.post(f"members/{ann.id}/role", {"role": "king"})
    assert answer.status_code == 422 and "Choose one of the roles." in answer.text


@pytest.mark.parametrize(("action", "form"), [("role", {"role": "member"}), ("suspend", {})])
def test_nobody_changes_their_own_standing(admin: Staff, action: str, form: dict[str, str]) -> None:
    make_user("admin")
    answer = admin.post(f"members/{admin.user.id}/{action}", form)
    assert answer.status_code == 409 and "Ask another administrator." in answer.text
    assert (stored(admin.user).role, stored(admin.user).active, audited()) == ("admin", True, [])


@pytest.mark.parametrize("change", [{"role": "member"}, {"active": False}])
def test_the_last_admin_stays_one(admin: Staff, change: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match="only administrator left"):
        service.update_user(admin.user.id, change, None)
    other = make_user("admin")
    service.update_user(other.id, change, admin.user.id)
    assert (stored(other).role == "admin" and stored(other).active) is False


def test_who_is_suspended_is_out_and_can_come_back(
    admin: Staff, make_client: Callable[[], FlaskClient]
) -> None:
    ann, theirs = make_user(), make_client()
    sign_in(theirs, ann)
    assert admin.post(f"members/{ann.id}/suspend").status_code == 303
    assert theirs.get("/inbox").headers["Location"].startswith("/login")
    html = admin.get(f"members/{ann.id}/").text
    assert "Reactivate" in html and "Send a link" not in html
    assert admin.post(f"members/{ann.id}/reactivate").status_code == 303
    assert stored(ann).active
    assert [(before, after) for _, _, before, after in audited()] == [
        ({"active": True}, {"active": False}),
        ({"active": False}, {"active": True}),
    ]


def test_a_bounced_address_is_lifted(admin: Staff) -> None:
    ann = make_user()
    store(bounced(ann))
    assert admin.post(f"members/{ann.id}/lift").status_code == 303
    assert db.session.query(Suppression).count() == 0 and audited()[0][0] == "suppression.lift"
    assert admin.post(f"members/{ann.id}/lift").status_code == 404


def test_a_link_to_choose_a_password_is_sent_a_few_times_an_hour(admin: Staff) -> None:
    ann = make_user(password_hash=None)
    answers = [admin.post(f"members/{ann.id}/send-link") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "sent enough links for now" in answers[-1].text
    assert db.session.query(Event).filter_by(notification_type="password_reset").count() == 5
    assert [action for action, *_ in audited()] == ["user.send_link"] * 5


def test_a_suspended_member_gets_no_link(admin: Staff) -> None:
    answer = admin.post(f"members/{make_user(active=False).id}/send-link")
    assert answer.status_code == 409 and "reactivate the account first" in answer.text
    assert db.session.query(Event).count() == 0


def test_a_member_is_signed_out_everywhere(admin: Staff, make_client: Callable[[], FlaskClient]) -> None:
    ann = make_user()
    for _ in range(2):
        sign_in(make_client(), ann)
    assert "Signed in on 2 browsers." in admin.get(f"members/{ann.id}/").text
    assert admin.post(f"members/{ann.id}/sign-out").status_code == 303
    assert db.session.query(Session).filter_by(user_id=ann.id).count() == 0
    assert audited() == [("user.sign_out", str(ann.id), None, None)]


def test_a_member_is_added(admin: Staff) -> None:
    answer = admin.post("members/new", NEW)
    added = db.session.query(User).filter_by(name="Noé").one()
    assert answer.headers["Location"] == f"/admin/members/{added.id}/"
    assert (added.email, added.role, added.timezone, added.external_id) == (
        "new@example.org",
        "organiser",
        "Asia/Tokyo",
        None,
    )
    assert audited()[0][0] == "user.create"
    assert "They have no password yet." in admin.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "nonsense", "Write an email address"),
        ("name", " ", "Write a name of 1 to 100 characters"),
        ("external_id", "x" * 101, "in at most 100 characters"),
        ("locale", "de", "Choose one of the languages."),
        ("timezone", "Mars", "Choose a timezone from the list"),
        ("role", "king", "Choose one of the roles."),
    ],
)
def test_what_is_wrong_is_said_beside_it(admin: Staff, field: str, value: str, words: str) -> None:
    answer = admin.post("members/new", {**NEW, field: value})
    assert answer.status_code == 422 and words in answer.text and f'id="{field}-error"' in answer.text
    assert field == "name" or "Noé" in answer.text
    assert db.session.query(User).count() == 1


@pytest.mark.parametrize("field", ["email", "external_id"])
def test_what_is_anothers_is_refused_and_changes_nobody(admin: Staff, field: str) -> None:
    taken = make_user(name="Ann", email="ann@example.org", external_id="p-1")
    answer = admin.post("members/new", {**NEW, field: getattr(taken, field)})
    assert answer.status_code == 409 and "Another member has this" in answer.text
    assert (stored(taken).name, stored(taken).role) == ("Ann", "member")


def test_a_profile_is_edited_without_the_role(admin: Staff) -> None:
    ann = make_user(name="Ann", email="ann@example.org")
    assert 'value="ann@example.org"' in admin.get(f"members/{ann.id}/edit").text
    answer = admin.post(f"members/{ann.id}/edit", {**NEW, "role": "admin"})
    assert answer.headers["Location"] == f"/admin/members/{ann.id}/"
    assert (stored(ann).email, stored(ann).name, stored(ann).role) == ("new@example.org", "Noé", "member")
    refused = admin.post(f"members/{ann.id}/edit", {**NEW, "timezone": "Mars"})
    assert refused.status_code == 422 and 'value="Mars"' in refused.text


def test_the_address_of_a_form_leads_back_to_the_member(admin: Staff) -> None:
    for action in ("role", "suspend", "send-link"):
        answer = admin.get(f"members/{admin.user.id}/{action}")
        assert answer.headers["Location"] == f"/admin/members/{admin.user.id}/"


def test_a_token_is_revoked_from_the_page_of_its_owner(admin: Staff) -> None:
    ann = make_user()
    make_token(ann)
    token = db.session.query(ApiToken).one()
    back = f"/admin/members/{ann.id}/"
    assert f'value="{back}"' in admin.get(back).text
    answer = admin.post(f"/admin/tokens/{token.id}/revoke", {"next": back})
    assert answer.headers["Location"] == back
