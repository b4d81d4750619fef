"""The dashboard at a browser: it refreshes itself, can be paused, and draws what its tables say."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from hackitech.core import clock
from hackitech.core.transaction import atomic
from hackitech.models.daily_figure import DailyFigure
from hackitech.models.event import Event
from tests.admin.logged import told
from tests.admin.staff import Staff
from tests.browser.complaints import Complaints
from tests.browser.member import Member, NewContext, Platform

SECONDS = 1000
DRAWN = """chart => { const { data, width, height } = chart.querySelector("canvas").getContext("2d")
    .getImageData(0, 0, 600, 200); return data.some(Boolean) }"""
TABLE = """id => [...document.querySelectorAll(`#${id} tbody tr`)]
    .map(row => [...row.querySelectorAll("[data-value]")].map(cell => Number(cell.dataset.value)))"""


@pytest.fixture
def ada(app: Flask, platform: Platform, open_browser: NewContext, complaints: Complaints) -> Member:
    """An administrator at a browser whose clock the test turns, which may be too fast for the stream."""
    complaints.expect("WebSocket is closed before the connection is established")
    return Member(platform, open_browser(), Staff(app, name="Ada", locale="en").user)


def count(days_ago: int, **numbers: int) -> None:
    day = clock.now().date() - dt.timedelta(days=days_ago)
    with atomic() as session:
        session.merge(
            DailyFigure(
                day=day, channel="email", notification_type="comment", computed_at=clock.now(),
                **{"created": 9, "sent": 7, "failed": 2, "read": 1, **numbers},
            )
        )  # fmt: skip


def opened(ada: Member) -> Page:
    page = ada.context.new_page()
    page.clock.install()
    page.goto("/admin/")
    return page


def waiting(page: Page) -> str:
    return page.locator("#waiting tbody tr").first.locator("td").first.inner_text().split()[-1]


def test_it_refreshes_itself_until_it_is_paused(ada: Member) -> None:
    page = opened(ada)
    assert waiting(page) == "0"
    told(ada.user)
    page.clock.run_for(10 * SECONDS)
    expect(page.locator("#waiting tbody td").first).to_have_text("1")

    page.get_by_role("button", name="Pause the refresh").click()
    told(ada.user)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(60 * SECONDS)
    assert asked == [] and waiting(page) == "1"

    page.get_by_role("button", name="Pause the refresh", pressed=True).click()
    expect(page.locator("#waiting tbody td").first).to_have_text("2")
    assert page.locator("#announce").inner_text() == ""


def test_a_server_that_is_away_is_said_without_a_toast(ada: Member, complaints: Complaints) -> None:
    complaints.expect("net::ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")
    page = opened(ada)
    ada.context.set_offline(True)
    page.clock.run_for(10 * SECONDS)
    expect(page.locator("[data-live-stale]")).to_be_visible()
    expect(page.locator("[data-toast]")).to_have_count(0)
    ada.context.set_offline(False)
    page.clock.run_for(10 * SECONDS)
    expect(page.locator("[data-live-fresh]")).to_be_visible()
    expect(page.locator("[data-live-stale]")).to_be_hidden()


def test_charts_draw_what_the_tables_say_and_follow_them(ada: Member) -> None:
    count(3)
    count(0, created=40)
    page = opened(ada)
    charts = page.locator("[data-chart]")
    expect(charts).to_have_count(2)
    for chart in charts.all():
        assert chart.evaluate(DRAWN)
    assert page.evaluate(TABLE, "by-day") == [[0] * 4] * 3 + [[9, 7, 2, 1]] + [[0] * 4] * 2 + [[40, 7, 2, 1]]

    count(0, created=1234)
    page.clock.run_for(10 * SECONDS)
    expect(page.locator("#by-day tbody td").nth(24)).to_have_text("1,234")
    expect(charts.first.locator("canvas")).to_have_count(1)
    assert charts.first.evaluate(DRAWN)


def test_without_a_script_the_tables_hold_everything(
    app: Flask, platform: Platform, open_browser: NewContext
) -> None:
    count(0)
    told(Staff(app).user)
    with atomic() as session:
        session.execute(sa.update(Event).values(status="running", total=20, done=5, due_at=clock.now()))
    plain = Member(platform, open_browser(java_script_enabled=False), Staff(app, locale="en").user)
    page = plain.open("/admin/")
    expect(page.get_by_role("button", name="Pause the refresh")).to_be_hidden()
    expect(page.locator(".chart").first).to_be_hidden()
    expect(page.locator("#by-day tbody tr").last).to_contain_text("9")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "5")
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("5 of 20")).to_be_visible()
