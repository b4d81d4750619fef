"""Security 4: unsafe requests come from our own pages and prove it; a bearer token stands alone."""

import pytest
from flask.testing import FlaskClient

from tests.factories import bearer, make_user, same_origin, sign_in

ME = "/api/auth/me/"
BODY = {"name": "Ana"}

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture
def signed_in(client: FlaskClient, db_session: object) -> FlaskClient:
    sign_in(client, make_user())
    return client


def test_sec_04_a_page_of_ours_with_its_token_passes(signed_in: FlaskClient) -> None:
    assert signed_in.patch(ME, json=BODY, headers=same_origin(signed_in)).status_code == 200


def test_sec_04_without_fetch_metadata_the_origin_decides(signed_in: FlaskClient) -> None:
    token = {"X-CSRFToken": same_origin(signed_in)["X-CSRFToken"]}
    assert signed_in.patch(ME, json=BODY, headers={**token, "Origin": "http://localhost"}).status_code == 200
    for origin in ("http://evil.example", "null", "http://localhost.evil.example", "https://localhost", ""):
        assert signed_in.patch(ME, json=BODY, headers={**token, "Origin": origin}).status_code == 403
    assert signed_in.patch(ME, json=BODY, headers=token).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", ""])
def test_sec_04_a_request_from_elsewhere_fails_even_with_the_token(signed_in: FlaskClient, site: str) -> None:
    headers = {**same_origin(signed_in), "Sec-Fetch-Site": site, "Origin": "http://localhost"}
    assert signed_in.patch(ME, json=BODY, headers=headers).status_code == 403


@pytest.mark.parametrize("token", [None, "", "x", "IjAwMDAi.x.y"])
def test_sec_04_our_own_page_without_the_token_fails(signed_in: FlaskClient, token: str | None) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"} | ({"X-CSRFToken": token} if token is not None else {})
    assert signed_in.patch(ME, json=BODY, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/login", "/logout", "/reset", "/reset/1", "/locale", "/theme"])
def test_sec_04_every_form_is_checked(client: FlaskClient, path: str) -> None:
    assert client.post(path, data={}).status_code == 403
    assert client.post(path, data={}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(path, data={}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 403


def test_sec_04_with_an_authorization_header_cookies_count_for_nothing(signed_in: FlaskClient) -> None:
    other = make_user()
    answer = signed_in.patch(ME, json=BODY, headers=bearer(other))
    assert (answer.status_code, answer.get_json()["id"]) == (200, other.id)
    for bad in ("Bearer ntf_wrong", "Bearer", "Basic eDp5", "", "Bearer ntf_\xe9"):
        assert signed_in.get(ME, headers={"Authorization": bad}).status_code == 401


@pytest.mark.parametrize(
    "mimetype", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_sec_04_the_api_takes_json_only(signed_in: FlaskClient, mimetype: str) -> None:
    headers = same_origin(signed_in)
    assert (
        signed_in.patch(ME, data='{"name": "x"}', content_type=mimetype, headers=headers).status_code == 415
    )
