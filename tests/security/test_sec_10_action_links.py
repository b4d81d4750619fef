"""Security 10: a notification leads to https or to a path of this site, and nowhere else."""

import pytest

from hackitech.core.errors import Invalid
from hackitech.core.transaction import atomic
from hackitech.notifications.notify import notify
from tests.callers import People, errors_of
from tests.notifications.mailbox import create, created, read_one

HOSTILE = [
    "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "java\nscript:alert(1)", "\x01javascript:alert(1)", "data:text/html,<script>alert(1)</script>",
    "vbscript:x", "file:///etc/passwd", "ftp://example.org/", "blob:https://example.org/x", "about:blank",
    "http://example.org/", "HTTP://example.org/", "//evil.example", "///evil.example", "////evil.example",
    "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example",
    "/\r\nLocation: x", "/x\x00y", "/x\x7fy", "/\x1fx", "https:", "https:/", "https://", "https:///path",
    "https:evil.example", "https://user@evil.example/", "https://user:password@evil.example/",
    "https://example.org@evil.example/", "https://[::1", "https://exa mple.org/", "https://example.org/\nx",
    "https:\\\\evil.example", "mailto:a@b.c", "tel:112", "teams/12", "?x=1", "#x", "", " ", " /x", "./x",
    "../x", "https://example.org:99999/", "https://example.org:port/", "/" + "x" * 2000,
]  # fmt: skip
SAFE = [
    "/",
    "/teams/12?tab=a#b",
    "https://example.org",
    "https://example.org:8443/a?b=c",
    "/%2F%2Fevil",
    "/é",
]
NOT_TEXT: list[object] = [5, True, [], {}, ["https://example.org"]]


def test_hostile_links_are_refused_when_creating(people: People):
    for link in [*HOSTILE, *NOT_TEXT]:
        response = create(people.admin, recipient=people.member.id, action_url=link)
        if link != "/x\x00y":  # refused before anybody knows which field it is in
            assert list(errors_of(response)) == ["action_url"], link
        assert response.status_code == 422
    assert people.member.get("notifications/").get_json()["results"] == []


def test_hostile_links_are_refused_when_correcting(people: People):
    made = created(people.admin, recipient=people.member.id, action_url="/before")
    for link in [*HOSTILE, *NOT_TEXT]:
        for path in (f"notifications/{made['id']}/", f"events/{made['event']}/"):
            assert people.admin.patch(path, {"action_url": link}).status_code == 422, link
    assert read_one(people.member, made["id"])["action_url"] == "/before"


def test_safe_links_are_kept_as_they_are(people: People):
    for link in SAFE:
        made = created(people.admin, recipient=people.member.id, action_url=link)
        assert read_one(people.member, made["id"])["action_url"] == link


def test_the_platforms_own_code_is_held_to_the_same(people: People):
    for link in HOSTILE:
        with pytest.raises(Invalid), atomic():
            notify("announcement", recipients=[people.member.id], title="A", message="B", action_url=link)
