"""A real Chromium on a real server: members at their browsers, and the platform that notifies them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, expect

from tests.browser.complaints import Complaints
from tests.browser.inbox import Inbox
from tests.browser.member import Member, NewContext, Platform
from tests.factories import make_user

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
HERE = Path(__file__).parent
PATIENCE = 10_000  # milliseconds that anything on a page may take


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "no Chromium; make test installs one"
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-gpu"]
    expect.set_options(timeout=PATIENCE)
    return {
        **browser_type_launch_args,
        "executable_path": found,
        "headless": True,
        "chromium_sandbox": os.geteuid() != 0,
        "args": quiet,
    }


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """What the browser complains of; the test fails for what it did not expect."""
    heard = Complaints()
    yield heard
    assert heard.unexpected() == []


@pytest.fixture
def open_browser(live_url: str, complaints: Complaints, new_context: NewContext) -> NewContext:
    """Open a browser without cookies, whose complaints are heard.

    It is closed before the database is emptied, so that no page finds its session gone.
    """

    def open_one(**options: Any) -> BrowserContext:
        size = {"width": 1280, "height": 800}
        context = new_context(**{"base_url": live_url, "locale": "en-GB", "viewport": size, **options})
        context.set_default_timeout(PATIENCE)
        complaints.listen_to(context)
        return context

    return open_one


@pytest.fixture
def platform(app: Flask, db_session: object, live_url: str) -> Platform:
    """The platform: it calls the JSON API as an admin, over HTTP."""
    return Platform(live_url)


@pytest.fixture
def join(platform: Platform, open_browser: NewContext) -> Callable[..., Member]:
    """Make a member who is signed in, in a browser of their own with these options."""

    def make_one(locale: str = "en", name: str = "Ann", **options: Any) -> Member:
        return Member(platform, open_browser(**options), make_user(locale=locale, name=name))

    return make_one


@pytest.fixture
def member(join: Callable[..., Member]) -> Member:
    return join()


@pytest.fixture
def inbox(member: Member) -> Inbox:
    """The inbox of `member`, not opened yet."""
    return member.inbox()
