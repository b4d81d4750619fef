"""What a page may weigh, ask for and move: bytes, requests, layout shifts."""

import gzip
from typing import Any

import pytest
from playwright.sync_api import Page, Request

from tests.browser.inbox import Inbox
from tests.browser.member import Member

KB = 1024
SHIFTS = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 300);
})"""
FETCHED = """() => performance.getEntriesByType("resource")
    .filter(entry => entry.transferSize > 0).map(entry => entry.name)"""


@pytest.fixture
def full(member: Member, inbox: Inbox) -> Inbox:
    """An inbox of more than one page, with words as long as they come."""
    words = "Nom d’équipe assez long pour une ligne entière"
    message = "Un message de la longueur habituelle, qui dit en une phrase de quoi il s’agit."
    member.had(*(f"{words} {number}" for number in range(40)), message=message)
    return inbox


def zipped(text: bytes) -> int:
    return len(gzip.compress(text))


def test_twenty_five_rows_and_what_they_need_are_small(full: Inbox) -> None:
    bodies: dict[str, bytes] = {}
    full.page.on("response", lambda answer: bodies.update({name_of(answer.url): answer.body()}))
    full.page.goto("/inbox", wait_until="networkidle")
    assert len(bodies["inbox"]) <= 45 * KB
    most = {"inbox": 9, "app.css": 10, "app.js": 6, "htmx-2.0.11.min.js": 17, "sprite.svg": 3}
    for name, kilobytes in most.items():
        assert zipped(bodies[name]) <= kilobytes * KB, name


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def test_a_cold_inbox_takes_few_requests_and_a_warm_one_a_single_one(member: Member, full: Inbox) -> None:
    asked: list[Request] = []
    full.page.on("request", lambda request: asked.append(request) if request.url.startswith("http") else None)
    full.page.goto("/inbox", wait_until="networkidle")
    assert len(asked) <= 7, [request.url for request in asked]
    again = member.context.new_page()
    again.goto("/inbox", wait_until="networkidle")
    assert again.evaluate(FETCHED) == []


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_moves_by_itself(member: Member, full: Inbox, width: int) -> None:
    full.page.set_viewport_size({"width": width, "height": 800})
    full.open()
    member.receives()
    full.pill.wait_for()
    assert shifts(full.page) <= 0.02


def test_nothing_moves_on_the_other_pages(member: Member) -> None:
    (one,) = member.had("One")
    for path in (f"/inbox/{one}", "/preferences"):
        assert shifts(member.open(path)) <= 0.02, path


def shifts(page: Page) -> float:
    """Return the cumulative layout shift of a page so far."""
    found: Any = page.evaluate(SHIFTS)
    return float(found)
