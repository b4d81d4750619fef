"""Every page of the administration at a browser: axe finds nothing, a phone is wide enough, it is quiet.

A page joins as soon as it has an address; `tests/admin/pages.py` says what fills the holes of that.
"""

import pytest
from flask import Flask

from tests.admin.pages import addresses, furnish
from tests.admin.staff import Staff
from tests.browser.complaints import Complaints
from tests.browser.member import Member, NewContext, Platform
from tests.browser.test_accessibility import RUN, axe

Look = tuple[str, str, str]
LOOKS: tuple[Look, ...] = (("light", "fr", "320"), ("dark", "en", "1280"))
"""Both themes and both languages; on a phone, the longer words."""
AXE_IN_FRAMES = "Failed to execute 'postMessage'"
"""It talks to the frames of a page, and those of previews hear nobody."""
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? []
    : [...document.querySelectorAll("body *")].filter(one => !one.closest(".admin__nav, .scroll-x"))
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
        .map(one => `${one.tagName}.${one.className}`).slice(0, 5)"""


@pytest.mark.parametrize("look", LOOKS, ids=" ".join)
def test_nothing_is_wrong_with_any_page(
    app: Flask, platform: Platform, open_browser: NewContext, complaints: Complaints, look: Look
) -> None:
    complaints.expect(AXE_IN_FRAMES)
    theme, locale, width = look
    staff = Staff(app, name="Ada", locale=locale)
    size = {"width": int(width), "height": 800}
    browser = open_browser(color_scheme=theme, reduced_motion="reduce", viewport=size)
    page, found = Member(platform, browser, staff.user).context.new_page(), []
    for endpoint, path in addresses(app, furnish(staff)).items():
        page.goto(path)
        found += [f"{endpoint}: sideways, {element}" for element in page.evaluate(TOO_WIDE)]
        found += [f"{endpoint}: {complaint}" for complaint in complaints.unexpected()]
        complaints.heard.clear()
        page.evaluate(axe())
        found += [f"{endpoint}: {violation}" for violation in page.evaluate(RUN, [])]
    assert not found, "\n".join(found)
