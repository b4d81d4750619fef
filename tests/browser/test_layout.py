"""Every page fits a phone and a zoom of 400 %, is dark without a flash, and can be hit with a thumb."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hackitech.core.signing import unsubscribe_token
from tests.browser.complaints import Complaints
from tests.browser.member import Member, NewContext

LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente"
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
CONTROLS = "button:not([tabindex]), summary, select, [type=search], [type=checkbox], .button, .tabs__tab"
TOO_SMALL = """controls => controls.filter(control => control.checkVisibility())
    .map(control => [control, (control.closest("label") ?? control).getBoundingClientRect()])
    .filter(([control, { width, height }]) => Math.min(width, height) < 44)
    .map(([control, { width, height }]) => `${control.outerHTML}: ${width} x ${height}`)"""


def widths(page: Page) -> tuple[int, int]:
    """Return how wide the page is, and how wide its window."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return wide, window


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_no_page_scrolls_sideways_at_320_pixels(
    locale: str, join: Callable[..., Member], open_browser: NewContext, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    member = join(locale=locale, name=LONG, **PHONE)
    (one,) = member.had(LONG * 3, message=LONG * 6, action_url="https://example.org/" + "x" * 300)
    link = f"/u/{unsubscribe_token(member.user.id, 'comment')}"
    page = member.context.new_page()
    member.had(LONG * 3, LONG * 3, group_key="rust", actor=member.user.id)
    paths = ["/inbox", "/inbox?q=zebra", "/inbox?group=rust", f"/inbox/{one}", "/inbox/missing?channel=push"]
    for path in (*paths, "/preferences", "/nowhere", "/api/docs", link):
        page.goto(path)
        assert widths(page) == (320, 320), path
    stranger = open_browser(locale=locale, **PHONE).new_page()
    for path in ("/login", "/reset", "/reset/1"):
        stranger.goto(path)
        assert widths(stranger) == (320, 320), path


def test_a_fourth_channel_still_fits_a_phone(join: Callable[..., Member]) -> None:
    member = join(locale="fr", **PHONE)  # where words are longer
    hook = {"kind": "webhook", "endpoint": "https://hooks.example.org/notifi"}
    member.elsewhere("POST", "devices/", hook)
    page = member.open("/preferences")
    assert widths(page) == (320, 320)
    assert page.eval_on_selector_all(CONTROLS, TOO_SMALL) == []
    columns = page.locator(".matrix__channel")
    tops = columns.evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert len(tops) == 4 and len(set(tops)) == 1
    switches = page.locator("#cell-comment-in_app, #cell-comment-webhook")
    first, last = switches.evaluate_all("all => all.map(one => one.getBoundingClientRect())")
    assert first["top"] == last["top"] and last["right"] <= 320


def test_what_opens_on_a_phone_stays_on_it(join: Callable[..., Member]) -> None:
    member = join(locale="fr", **PHONE)
    one, _two = member.had("Une", "Deux")
    inbox = member.inbox().open()
    inbox.titles.first.wait_for()
    inbox.row("Une").locator("summary").click()
    expect(inbox.page.get_by_role("button", name="Dans une heure")).to_be_in_viewport(ratio=1)
    assert widths(inbox.page) == (320, 320)
    inbox.page.keyboard.press("Escape")
    inbox.row("Une").get_by_role("checkbox").check()
    inbox.page.locator(".bulk summary").click()
    expect(inbox.page.get_by_role("button", name="Dans une heure")).to_be_in_viewport(ratio=1)
    inbox.page.locator(".topbar summary").click()
    expect(inbox.page.get_by_role("button", name="Se déconnecter")).to_be_in_viewport(ratio=1)
    assert widths(inbox.page) == (320, 320)
    inbox.page.goto(f"/inbox/{one}")
    inbox.page.locator("article summary").click()
    expect(inbox.page.get_by_role("button", name="Reporter à ce jour")).to_be_in_viewport(ratio=1)
    assert widths(inbox.page) == (320, 320)


def test_a_thumb_finds_every_control(join: Callable[..., Member]) -> None:
    member = join(**PHONE)
    one, _two = member.had("One", "Two")
    page = member.context.new_page()
    for path in ("/inbox", f"/inbox/{one}", "/inbox/missing", "/preferences", "/profile", "/profile/erase"):
        page.goto(path)
        for menu in page.locator("main summary").all()[-1:]:
            menu.click()
        assert page.eval_on_selector_all(CONTROLS, TOO_SMALL) == [], path


ZOOMED = {"viewport": {"width": 320, "height": 256}}
"""What is left of 1280 x 1024 pixels at 400 %."""
COVERED = """one => {
    const { x, y, width, height } = one.getBoundingClientRect();
    const left = Math.max(x, 0), right = Math.min(x + Math.min(width, 40), innerWidth);
    const seen = document.elementFromPoint((left + right) / 2, y + height / 2);
    return one.parentElement.contains(seen) ? null : one.outerHTML;
}"""


def test_at_400_percent_nothing_is_cut_off_or_covered_by_what_sticks(
    join: Callable[..., Member],
) -> None:
    member = join(locale="fr", **ZOOMED)
    (one,) = member.had(LONG * 3, message=LONG * 6, days_ago=1)
    member.had(*(f"No. {number}" for number in range(8)))
    page = member.context.new_page()
    for path in (f"/inbox/{one}", "/inbox/missing", "/devices", "/profile", "/profile/erase"):
        page.goto(path)
        assert widths(page) == (320, 320), path
    page.goto("/preferences#type-comment")
    assert page.locator("#type-comment .label").evaluate(COVERED) is None
    for path, last in (("/preferences", "#summary-push"), ("/inbox", f"#l-{one}")):
        page.goto(path)
        assert widths(page) == (320, 320), path
        if path == "/inbox":
            page.locator(".row__check input").first.check()  # the bar sticks
        page.locator(last).focus()
        for _step in range(30):
            assert page.locator(":focus").evaluate(COVERED) is None
            page.keyboard.press("Shift+Tab")


def test_the_selection_stays_in_reach_far_down_the_list(join: Callable[..., Member]) -> None:
    member = join(**PHONE)
    member.had(*(f"No. {number:02}" for number in range(20)))
    inbox = member.inbox().open()
    inbox.tick("No. 01")
    bar = inbox.page.get_by_role("group", name="Selected notifications")
    expect(bar.get_by_role("button", name="Archive")).to_be_in_viewport(ratio=1)


def test_the_chosen_theme_is_there_before_any_script(join: Callable[..., Member]) -> None:
    member = join(java_script_enabled=False, color_scheme="light")
    page = member.open("/inbox")
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    page.locator(".topbar summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(17, 19, 24)")
    expect(page.locator("meta[name=color-scheme]")).to_have_attribute("content", "dark")


def test_unless_chosen_the_theme_is_the_systems(open_browser: NewContext) -> None:
    page = open_browser(color_scheme="dark").new_page()
    page.goto("/login")
    expect(page.locator("body")).to_have_css("background-color", "rgb(17, 19, 24)")


def test_whoever_wants_little_motion_gets_none(join: Callable[..., Member]) -> None:
    member = join(reduced_motion="reduce")
    member.had("One")
    inbox = member.inbox().open()
    inbox.press("One", "Archive")
    assert inbox.toast.evaluate("toast => getComputedStyle(toast).animationName") == "none"


def test_forced_colours_still_tell_read_from_unread_and_on_from_off(join: Callable[..., Member]) -> None:
    member = join(forced_colors="active")
    member.had("One", "Two")
    inbox = member.inbox().open()
    inbox.press("One", "Mark as read")
    inbox.is_read("One")
    dot = "row => getComputedStyle(row.querySelector('.kind'), '::after').content"
    assert inbox.row("Two").evaluate(dot) != inbox.row("One").evaluate(dot)
    page = member.open("/preferences")
    track = "input => getComputedStyle(input.nextElementSibling).backgroundColor"
    on = page.get_by_role("switch", name="Mention – Email").evaluate(track)
    off = page.get_by_role("switch", name="Comment – Email").evaluate(track)
    assert on != off
