"""Security 11: after signing in one lands on this site, whatever the link said."""

import pytest
from flask.testing import FlaskClient

from tests.factories import PASSWORD, make_user, same_origin

ELSEWHERE = [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example",
    "javascript:alert(1)", "/inbox\r\nSet-Cookie: x=1", "/\t/evil.example", "inbox", "", "///evil.example",
]  # fmt: skip

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_sec_11_a_foreign_next_is_dropped(client: FlaskClient, target: str) -> None:
    form = {"email": make_user().email, "password": PASSWORD, "next": target}
    answer = client.post("/login", data=form, headers=same_origin(client))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox")
    assert client.get("/login", query_string={"next": target}).headers["Location"] == "/inbox"
    for path in ("/theme", "/locale"):
        choice = {"theme": "dark", "locale": "fr", "next": target}
        assert client.post(path, data=choice, headers=same_origin(client)).headers["Location"] == "/inbox"


def test_sec_11_a_path_of_this_site_is_kept(client: FlaskClient) -> None:
    form = {"email": make_user().email, "password": PASSWORD, "next": "/inbox/12?view=all#top"}
    answer = client.post("/login", data=form, headers=same_origin(client))
    assert answer.headers["Location"] == "/inbox/12?view=all#top"
