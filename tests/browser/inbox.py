"""The inbox as its reader sees it and acts on it."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect


class Inbox:
    """The page of the inbox in one tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pill = page.locator("[data-pill]")
        self.toast = page.locator("[data-toast]")
        self.titles = page.locator(".row__title")
        self.badge = page.locator("[data-badge-number]")

    def open(self, query: str = "") -> "Inbox":
        """Open the page, and wait until its scripts run."""
        self.page.goto(f"/inbox{query}")
        expect(self.page.locator("html.js")).to_have_count(1)
        return self

    def row(self, title: str) -> Locator:
        """Return the row with this title."""
        return self.page.locator(".row", has=self.page.locator(".row__title", has_text=_whole(title)))

    def press(self, title: str, label: str) -> None:
        """Press a button in the row with this title, as a mouse does: it shows when the mouse comes."""
        self.row(title).hover()
        self.row(title).get_by_role("button", name=label, exact=True).click()

    def tick(self, *titles: str) -> None:
        """Select rows."""
        for title in titles:
            self.row(title).get_by_role("checkbox").check()

    def press_bulk(self, label: str) -> None:
        """Press a button for the selected rows."""
        bar = self.page.get_by_role("group", name="Selected notifications")
        bar.get_by_role("button", name=label, exact=True).click()

    def undo(self) -> None:
        """Press the toast's button."""
        self.toast.get_by_role("button", name="Undo").click()

    def shows(self, *titles: str) -> None:
        """Wait until the list holds these rows, in this order."""
        expect(self.titles).to_have_text([_whole(title) for title in titles])

    def says(self, text: str) -> None:
        """Wait until a toast says this."""
        expect(self.toast).to_contain_text(text)

    def is_unread(self, title: str) -> None:
        """Wait until the row is unread."""
        expect(self.row(title)).to_have_class(re.compile(r"\bis-unread\b"))

    def is_read(self, title: str) -> None:
        """Wait until the row is read."""
        expect(self.row(title)).not_to_have_class(re.compile(r"\bis-unread\b"))

    def counts(self, badge: int, **tabs: int) -> None:
        """Wait until title, favicon, badge and tabs agree; unless named, the unread tab with the badge."""
        page, start = self.page, f"({badge}) " if badge else ""
        expect(page).to_have_title(re.compile(rf"^{re.escape(start)}\w"))
        expect(self.badge).to_have_text(str(badge))
        expect(page.locator("[data-badge]")).to_be_visible(visible=badge > 0)
        icon = re.compile("favicon-dot" if badge else r"favicon\.svg")
        expect(page.locator("link[rel=icon]")).to_have_attribute("href", icon)
        for name, number in {"unread": badge, **tabs}.items():
            expect(self.tab(name).locator(".tabs__count")).to_have_text(str(number))

    def tab(self, name: str) -> Locator:
        """Return a tab: all, unread, snoozed or archived."""
        return self.page.locator(f"#tab-{name}")

    def search(self, words: str) -> None:
        """Type into the search field."""
        self.page.get_by_role("searchbox").press_sequentially(words)

    def focused(self) -> str:
        """Return the text of the element that has the focus."""
        return str(self.page.evaluate("document.activeElement.textContent")).strip()

    def has_focus(self, locator: Locator) -> None:
        """Wait until an element has the focus."""
        expect(locator).to_be_focused()

    def mark_all(self) -> None:
        """Press the button that marks all as read."""
        self.page.get_by_role("button", name="Mark all as read").click()

    def ids(self) -> list[Any]:
        """Return the ids of the rows, doubles included."""
        found: list[Any] = self.page.eval_on_selector_all(".row", "rows => rows.map(row => row.id)")
        return found


def _whole(title: str) -> re.Pattern[str]:
    """Match a title in a row, where those who hear it are told that it is unread."""
    return re.compile(rf"^{re.escape(title)}( – .+)?$")
