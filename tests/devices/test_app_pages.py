"""What makes the site an app."""

import re

import pytest
from flask.testing import FlaskClient

from hackitech.devices.app_pages import KEPT_OFFLINE

pytestmark = pytest.mark.sqlite_only
SIZE = slice(16, 24)
"""Where a PNG says how wide and how high it is."""


def test_the_service_worker_may_serve_the_whole_site_and_is_asked_for_anew(client: FlaskClient):
    response = client.get("/service-worker.js")
    assert response.mimetype == "text/javascript"
    assert response.headers["Service-Worker-Allowed"] == "/"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.text.startswith('const VERSION = "')
    again = client.get("/service-worker.js", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_what_the_service_worker_names_is_there(client: FlaskClient):
    script = client.get("/service-worker.js").text
    named = set(re.findall(r'"(/static/[^"]+)"', script))
    assert {f"/static/{name}" for name in KEPT_OFFLINE} < named
    for path in named:
        assert client.get(path).status_code == 200, path


def test_the_offline_page_speaks_both_languages_and_needs_nothing_else(client: FlaskClient):
    html = client.get("/static/offline.html").text
    assert '<html lang="fr">' in html and 'lang="en"' in html
    assert re.findall(r'(?:src|href)="([^"]+)"', html) == ["/static/offline.css"]
    assert "url(" not in client.get("/static/offline.css").text


@pytest.mark.parametrize(("language", "words"), [("fr", "Tes notifications"), ("en", "Your notifications")])
def test_the_manifest_speaks_the_language_that_is_asked_for(client: FlaskClient, language: str, words: str):
    response = client.get(f"/manifest.webmanifest?language={language}")
    manifest = response.get_json(force=True)
    assert response.mimetype == "application/manifest+json"
    assert manifest["lang"] == language and words in manifest["description"]
    assert (manifest["start_url"], manifest["display"], manifest["id"]) == ("/inbox", "standalone", "/")


def test_an_unknown_language_is_french(client: FlaskClient):
    for path in ("/manifest.webmanifest", "/manifest.webmanifest?language=xx"):
        assert client.get(path).get_json(force=True)["lang"] == "fr"


def test_the_icons_are_as_large_as_the_manifest_says(client: FlaskClient):
    icons = client.get("/manifest.webmanifest").get_json(force=True)["icons"]
    assert {icon["purpose"] for icon in icons} == {"any", "maskable"}
    for icon in icons:
        response = client.get(icon["src"])
        assert response.mimetype == icon["type"]
        if icon["type"] == "image/png":
            width, height = (int.from_bytes(response.data[SIZE][i : i + 4]) for i in (0, 4))
            assert icon["sizes"] == f"{width}x{height}"


def test_every_page_names_the_manifest_in_its_language(client: FlaskClient):
    html = client.get("/login", headers={"Accept-Language": "en"}).text
    assert '<link rel="manifest" href="/manifest.webmanifest?language=en">' in html
