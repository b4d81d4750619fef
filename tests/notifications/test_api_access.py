"""Who gets in: nobody without signing in, no scope too few, no browser without its proof."""

import pytest
from werkzeug.test import TestResponse

from tests.callers import Caller, People, make_caller
from tests.factories import make_user, same_origin, sign_in
from tests.notifications.endpoints import CREATION, ENDPOINTS, READS, WRITES, Endpoint
from tests.notifications.mailbox import created, newest, read_one, receive


def call(caller: Caller, endpoint: Endpoint, number: int, **headers: str) -> TestResponse:
    path = endpoint.path.format(number)
    return caller.send(endpoint.method, path, json=endpoint.body, headers=headers)


def problem(response: TestResponse, status: int, label: object) -> None:
    assert response.status_code == status, (label, response.get_data(as_text=True))
    assert response.mimetype == "application/problem+json", label
    answer = response.get_json()
    assert answer["status"] == status and answer["title"] and answer["detail"], label


def test_a_stranger_is_let_nowhere(people: People):
    number = receive(people.member)
    for endpoint in ENDPOINTS:
        for headers in (
            {},
            {"Authorization": "Bearer ntf_wrong"},
            {"Authorization": "Bearer"},
            {"Authorization": "Basic YTpi"},
            {"Authorization": "ntf_" + "x" * 5000},
        ):
            response = call(people.stranger, endpoint, number, **headers)
            problem(response, 401, endpoint)
            assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_endpoint_takes_its_scope(people: People):
    app = people.admin.client.application
    nothing, reader, writer = (make_caller(app, scopes=(scope,)) for scope in ("send", "read", "write"))
    for endpoint in READS:
        problem(call(nothing, endpoint, 1), 403, endpoint)
        problem(call(writer, endpoint, 1), 403, endpoint)
        assert call(reader, endpoint, 999999).status_code in (200, 404), endpoint
    for endpoint in WRITES:
        problem(call(reader, endpoint, 1), 403, endpoint)


def test_a_session_has_the_scopes_of_its_role(people: People):
    for role, status in (("member", 403), ("organiser", 403), ("admin", 202)):
        browser = browse(people, role)
        body = {**CREATION, "recipients": [people.member.id]}
        response = browser.send("POST", "notifications/", json=body, headers=same_origin(browser.client))
        assert response.status_code == status, role


def browse(people: People, role: str = "member") -> Caller:
    """Return a browser in which somebody is signed in."""
    client = people.admin.client.application.test_client()
    user = make_user(role)
    sign_in(client, user)
    return Caller(client, {}, user.id)


def test_a_browser_reads_with_its_cookie_alone(people: People):
    browser = browse(people)
    number = receive(people.member)
    for endpoint in READS:
        assert call(browser, endpoint, number).status_code in (200, 404), endpoint


def test_a_browser_writes_only_with_its_proof(people: People):
    browser = browse(people)
    proof = same_origin(browser.client)
    token, site = proof["X-CSRFToken"], proof["Sec-Fetch-Site"]
    refused: list[dict[str, str]] = [
        {},
        {"X-CSRFToken": token},
        {"Sec-Fetch-Site": site},
        {"X-CSRFToken": token, "Sec-Fetch-Site": "cross-site"},
        {"X-CSRFToken": token, "Sec-Fetch-Site": "same-site"},
        {"X-CSRFToken": token, "Sec-Fetch-Site": "none"},
        {"X-CSRFToken": token, "Origin": "https://evil.example"},
        {"X-CSRFToken": token, "Origin": "null"},
        {"X-CSRFToken": "wrong", "Sec-Fetch-Site": site},
        {"X-CSRFToken": token[:-2], "Sec-Fetch-Site": site},
    ]
    for endpoint in WRITES:
        for headers in refused:
            problem(call(browser, endpoint, 1, **headers), 403, (endpoint, headers))


def test_a_browser_acts_on_its_own_with_proof(people: People):
    browser = browse(people)
    created(people.admin, recipient=browser.id)
    number = newest(browser)
    for proof in (same_origin(browser.client), same_origin(browser.client)):
        response = browser.send("POST", f"notifications/{number}/mark_as_read/", headers=proof)
        assert response.status_code == 200
    origin = {**same_origin(browser.client), "Origin": "http://localhost"}
    del origin["Sec-Fetch-Site"]
    response = browser.send("POST", f"notifications/{number}/mark_as_unread/", headers=origin)
    assert response.status_code == 200


def test_an_authorization_header_makes_cookies_count_for_nothing(people: People):
    browser = browse(people, "admin")
    number = receive(people.member)
    wrong = Caller(browser.client, {"Authorization": "Bearer ntf_wrong"})
    assert wrong.get(f"notifications/{number}/").status_code == 401
    other = Caller(browser.client, people.other.headers)
    assert other.get(f"notifications/{number}/").status_code == 404


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_without_its_trailing_slash_it_redirects(people: People, endpoint: Endpoint):
    path = endpoint.path.format(5)[:-1]
    response = people.member.send(endpoint.method, f"{path}?page_size=5", json=endpoint.body)
    assert response.status_code == 308
    assert response.headers["Location"].endswith(f"/api/notifications/{path}/?page_size=5")


def test_other_methods_are_not_allowed(people: People):
    for endpoint in WRITES:
        response = people.member.send("TRACE", endpoint.path.format(5))
        problem(response, 405, endpoint)
        assert endpoint.method in response.headers["Allow"]


def test_reading_changes_nothing(people: People):
    number = receive(people.member)
    before = read_one(people.member, number)
    for endpoint in READS:
        call(people.member, endpoint, number)
    assert read_one(people.member, number) == before
