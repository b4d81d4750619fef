"""What holds on every page of the administration, as it comes over HTTP, before any script."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask

from tests.admin.pages import addresses, furnish
from tests.admin.staff import Staff

VOID_ATTRIBUTES = ("style", "onclick", "onchange", "onsubmit", "hx-on")


class Page(HTMLParser):
    """The elements of a page, each with its attributes and, of a form's parts, the form that they are in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.forms: list[dict[str, str | None]] = []
        self.with_token: set[int] = set()
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.elements.append((tag, named))
        if tag == "form":
            self.forms.append(named)
            self._inside = True
        if self._inside and named.get("name") == "csrf_token":
            self.with_token.add(len(self.forms) - 1)

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"

    def complaints(self) -> Iterator[str]:
        """Yield what is wrong with the page."""
        tags = Counter(tag for tag, _ in self.elements)
        if (tags["h1"], tags["title"], tags["main"]) != (1, 1, 1):
            yield f"{tags['h1']} h1, {tags['title']} title, {tags['main']} main"
        ids = Counter(named["id"] for _, named in self.elements if named.get("id"))
        yield from (f"{count} elements are #{id_}" for id_, count in ids.items() if count > 1)
        for tag, named in self.elements:
            yield from (f"<{tag} {name}>" for name in VOID_ATTRIBUTES if name in named)
        for place, form in enumerate(self.forms):
            if form.get("method", "get") == "post" and place not in self.with_token:
                yield f"a form without a token: {form}"


@pytest.mark.sqlite_only
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_page_is_whole_without_scripts(app: Flask, db_session: object, locale: str) -> None:
    staff = Staff(app, name="Ada", locale=locale)
    wrong = []
    for endpoint, path in addresses(app, furnish(staff)).items():
        answer = staff.get(path)
        assert answer.status_code == 200, (endpoint, path, answer.status_code, answer.headers.get("Location"))
        assert f'<html lang="{locale}"' in answer.text, endpoint
        wrong += [f"{endpoint}: {complaint}" for complaint in Page(answer.text).complaints()]
    assert not wrong, "\n".join(wrong)


@pytest.mark.sqlite_only
def test_every_page_answers_where_there_is_nothing_yet(app: Flask, db_session: object) -> None:
    staff = Staff(app)
    for rule in app.url_map.iter_rules():
        if re.fullmatch(r"admin\.\w+\.index", rule.endpoint):
            answer = staff.get(rule.rule)
            assert answer.status_code == 200, rule.rule
            assert 'class="' in answer.text.partition("<main")[2]


@pytest.mark.sqlite_only
def test_what_no_page_knows_is_never_an_error(app: Flask, db_session: object) -> None:
    staff = Staff(app)
    hostile = {
        "q": "\x00'\"<",
        "status": "x",
        "cursor": "%%%",
        "type": "😀",
        "channel": "9" * 400,
        "page": "-1",
    }
    for endpoint, path in addresses(app, furnish(staff)).items():
        sign = "&" if "?" in path else "?"
        answer = staff.get(path + sign + "&".join(f"{name}={value}" for name, value in hostile.items()))
        assert answer.status_code < 500, (endpoint, answer.text[:300])
