"""The readable page of the API: whole, public, and from this host alone."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

pytestmark = pytest.mark.sqlite_only


def test_anybody_reads_every_operation(client: FlaskClient) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    text = re.sub(r"\s+", " ", page.text)
    for path, item in client.get("/api/openapi.json").get_json()["paths"].items():
        for method in item.keys() - {"parameters"}:
            shown = path.removeprefix("/api")
            assert f"{method.upper()}</span><span>{shown}</span></a>" in text
            assert f"{method.upper()}</span> <code>{path}</code>" in text


def test_it_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/api/docs").text
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page)
    assert "<style" not in page
    assert not re.findall(r"<script(?![^>]* src=)", page)


def test_its_links_lead_somewhere(client: FlaskClient) -> None:
    page = client.get("/api/docs").text
    anchors = set(re.findall(r' id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors


def test_it_speaks_the_readers_language(app: Flask) -> None:
    client = app.test_client()
    assert '<html lang="fr"' in client.get("/api/docs", headers={"Accept-Language": "fr"}).text
    assert '<html lang="en"' in client.get("/api/docs", headers={"Accept-Language": "en"}).text
