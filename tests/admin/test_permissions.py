"""Who may do what below /admin: every route, for a stranger, a member, an organiser and an administrator.

The routes are read from the application, so that a new one is covered by being there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from hackitech.accounts.principal import STAFF_ROLES
from hackitech.core.clock import now
from hackitech.core.transaction import atomic
from hackitech.models.draft import Draft
from hackitech.models.topic import Topic
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from hackitech.tasks.lifecycle import begin_task
from tests.admin.staff import Staff
from tests.factories import make_user, same_origin

NOBODYS: dict[str, Any] = {"key": "nobodys", "locale": "fr", "action": "replay"}
ID = 987654321
"""An id that nothing has."""
ASK_FOR_THE_PASSWORD = {
    "admin.members.create",
    "admin.members.save",
    "admin.members.change_role",
    "admin.messages.compose.send",
    "admin.messages.roster.resend",
    "admin.tokens.create",
    "admin.tokens.revoke",
    "admin.types.create",
    "admin.types.save",
    "admin.types.save_params",
    "admin.types.restore",
    "admin.types.retire",
    "admin.types.bring_back",
    "admin.types.wording.publish",
    "admin.types.wording.roll_back",
}
"""Roles, what is said to many, wording, and tokens."""
SAFE = ("GET", "HEAD", "OPTIONS")

pytestmark = pytest.mark.sqlite_only


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address."""

    method: str
    rule: Rule
    view: Any

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self.view.roles)

    def path(self, **values: Any) -> str:
        """Return an address of it; what `values` leave out names nothing that there is."""
        chosen = {name: values.get(name, self._nobodys(name)) for name in self.rule.arguments}
        _, path = self.rule.build(chosen, append_unknown=False) or ("", "")
        assert path, self
        return path

    def send(self, client: FlaskClient, path: str, **headers: str) -> TestResponse:
        return client.open(path, method=self.method, headers=headers)

    def _nobodys(self, name: str) -> Any:
        converter = self.rule._converters[name]
        known = getattr(converter, "items", None)  # of <any(…)>
        return next(iter(sorted(known))) if known else NOBODYS.get(name, ID)


def routes_of(app: Flask) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("admin."):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield Route(method, rule, app.view_functions[rule.endpoint])


@pytest.fixture
def routes(app: Flask, db_session: object) -> list[Route]:
    found = sorted(routes_of(app), key=lambda route: (route.rule.rule, route.method))
    assert len(found) > 60
    return found


def wrong(routes: list[Route], ask: Callable[[Route], TestResponse], *good: int) -> dict[str, int]:
    """Return which routes answered something else."""
    answers = {f"{route.method} {route.rule.rule}": ask(route).status_code for route in routes}
    return {route: status for route, status in answers.items() if status not in good}


def staff_at(app: Flask, role: str) -> Callable[[Route], TestResponse]:
    """Return what asks as somebody of this role, with all that proves a page of ours."""
    staff = Staff(app, role)
    return lambda route: route.send(staff.client, route.path(), **same_origin(staff.client))


def test_every_view_says_whom_it_is_for(routes: list[Route]) -> None:
    for route in routes:
        assert route.roles in (STAFF_ROLES, ("admin",)), route
        assert route.view.required_session, route


def test_strangers_sign_in_first(app: Flask, routes: list[Route]) -> None:
    client = app.test_client()

    def ask(route: Route, **headers: str) -> TestResponse:
        answer = route.send(client, route.path(), **same_origin(client), **headers)
        target = answer.headers.get("HX-Redirect") or answer.headers.get("Location") or ""
        assert target.startswith("/login?next="), route
        return answer

    assert wrong(routes, ask, 303) == {}
    assert wrong(routes, lambda route: ask(route, **{"HX-Request": "true"}), 204) == {}


def test_an_api_token_opens_no_page(app: Flask, routes: list[Route]) -> None:
    admin = Staff(app)
    secret = {"Authorization": "Bearer ntf_x"}
    assert wrong(routes, lambda route: route.send(admin.client, route.path(), **secret), 303, 403) == {}


def test_members_open_nothing(app: Flask, routes: list[Route]) -> None:
    assert wrong(routes, staff_at(app, "member"), 403) == {}


def test_organisers_open_what_is_for_staff_alone(app: Flask, routes: list[Route]) -> None:
    ask = staff_at(app, "organiser")
    for_staff = [route for route in routes if "organiser" in route.roles]
    assert wrong([route for route in routes if route not in for_staff], ask, 403) == {}
    assert wrong(for_staff, ask, 200, 303, 404, 409, 422) == {}


def test_administrators_open_everything(app: Flask, routes: list[Route]) -> None:
    assert wrong(routes, staff_at(app, "admin"), 200, 204, 303, 404, 409, 422) == {}


@pytest.fixture
def theirs(app: Flask, db_session: object) -> dict[str, Any]:
    """What belongs to an administrator, by the names that addresses use."""
    owner, member = make_user("admin"), make_user()
    with atomic() as session:
        label = {"fr": "Jury", "en": "Jury"}
        session.add(Topic(key="theirs", label=label, is_open=True, owner_id=owner.id, created_at=now()))
        told = notify("announcement", recipients=[member], title="A", message="B", actor=owner)
        task = begin_task(session, "export", owner.id, {}, 1)
        session.add(draft := drafted_by(owner))
        session.flush()
        return {
            "key": "theirs",
            "user_id": member.id,
            "event_id": told.event_id,
            "draft_id": draft.id,
            "task_id": task,
        }


def drafted_by(author: User) -> Draft:
    audience = {"kind": "all"}
    moments = {"created_at": now(), "updated_at": now()}
    return Draft(
        author_id=author.id, notification_type="announcement", content={}, audience=audience, **moments
    )


def test_to_organisers_what_is_anothers_is_as_if_it_were_not_there(
    app: Flask, routes: list[Route], theirs: dict[str, Any]
) -> None:
    staff = Staff(app, "organiser")
    named = [
        route for route in routes if "organiser" in route.roles and set(route.rule.arguments) & set(theirs)
    ]
    assert len(named) > 20
    for route in named:
        proof = same_origin(staff.client)
        known, unknown = (
            route.send(staff.client, path, **proof) for path in (route.path(**theirs), route.path())
        )
        assert known.status_code == unknown.status_code, route
        # The addresses of forms lead back to their page, which then is not there.
        assert (
            known.status_code == 404 or known.status_code == 303 and route.rule.endpoint.endswith(".leave")
        ), route
        if known.status_code == 303:
            assert staff.get(known.headers["Location"]).status_code == 404, route


def test_nothing_is_done_without_the_proof_that_a_page_of_ours_asks(app: Flask, routes: list[Route]) -> None:
    client = Staff(app).client
    token = same_origin(client)["X-CSRFToken"]
    unsafe = [route for route in routes if route.method not in SAFE]
    proofs: tuple[dict[str, str], ...] = (
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site", "X-CSRFToken": token},
        {"Origin": "https://evil.example", "X-CSRFToken": token},
    )
    for proof in proofs:
        answers = [route.send(client, route.path(), **proof).status_code for route in unsafe]
        assert answers == [403] * len(unsafe), proof


def test_what_is_sensitive_asks_for_the_password_again(routes: list[Route]) -> None:
    asking = {route.rule.endpoint for route in routes if getattr(route.view, "password_confirmed", False)}
    assert asking == ASK_FOR_THE_PASSWORD


def test_what_is_sensitive_is_not_done_while_the_password_is_asked_for(
    app: Flask, routes: list[Route]
) -> None:
    staff = Staff(app)
    staff.gave_password(minutes_ago=11)
    for route in routes:
        if route.rule.endpoint in ASK_FOR_THE_PASSWORD:
            answer = route.send(staff.client, route.path(), **same_origin(staff.client))
            asked = answer.status_code == 200 and 'name="confirmed_password"' in answer.text
            assert asked or answer.status_code == 404, route


def test_the_address_of_what_asked_for_the_password_can_be_reloaded(app: Flask, routes: list[Route]) -> None:
    staff = Staff(app)
    for route in routes:
        if route.rule.endpoint in ASK_FOR_THE_PASSWORD:
            assert staff.get(route.path()).status_code in (200, 303, 404), route
