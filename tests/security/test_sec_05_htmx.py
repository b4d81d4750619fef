"""Security 5: htmx can neither evaluate nor fetch from elsewhere, and members' words are never markup."""

import json
import re
from pathlib import Path

import pytest

from config import ROOT

TEMPLATES = sorted((ROOT / "hackitech" / "templates").rglob("*.html"))
# Mail is read elsewhere: its templates have no htmx and may style in line.
PAGES = [path for path in TEMPLATES if path.parent.name != "email"]
FORBIDDEN = {
    "a handler in line": r"\shx-on|\son[a-z]+\s*=",
    "an evaluated value": r"hx-(?:vals|headers)=[\"']\s*(?:js|javascript):",
    "a trigger filter": r"hx-trigger=[\"'][^\"']*\w\[",
    "a script in line": r"<script(?![^>]*\ssrc=)",
    "a style in line": r"<style|\sstyle\s*=",
    "a foreign host": r"(?:src|href|hx-get|hx-post)=[\"'](?:https?:)?//",
}


def test_sec_05_htmx_is_configured_not_to_evaluate_or_to_leave_this_site() -> None:
    base = (ROOT / "hackitech/templates/base.html").read_text()
    found = re.search(r"<meta name=\"htmx-config\" content='([^']+)'>", base)
    assert found
    settings = json.loads(found[1])
    for switched_off in ("allowEval", "allowScriptTags", "includeIndicatorStyles", "allowNestedOobSwaps"):
        assert settings[switched_off] is False
    assert settings["selfRequestsOnly"] is True
    assert settings["historyCacheSize"] == 0


@pytest.mark.parametrize("what", FORBIDDEN)
def test_sec_05_no_page_holds(what: str) -> None:
    holding = [path.name for path in PAGES if re.search(FORBIDDEN[what], path.read_text(), re.IGNORECASE)]
    assert not holding


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: Path(path).name)
def test_sec_05_no_template_trusts_a_value(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup", path.read_text())


def test_sec_05_members_words_stand_where_htmx_is_disabled() -> None:
    for name in ("_row.html", "notification.html"):
        text = (ROOT / "hackitech/templates/notifications" / name).read_text()
        for words in re.finditer(r"\{\{[^}]*\b(?:row|notification)\.(?:title|message)\b", text):
            before = text[: words.start()]
            assert "hx-disable" in before or "{% block title" in before[-200:], words[0]
