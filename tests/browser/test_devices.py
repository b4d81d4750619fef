"""Push in this browser, from the button to the notification, and the site as an app."""

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from hackitech.core.clock import now
from hackitech.core.transaction import atomic
from hackitech.models.device import Device
from tests.browser.complaints import Complaints
from tests.browser.member import Member
from tests.browser.push_service import Screen, install
from tests.browser.test_accessibility import LOOKS, check
from tests.browser.test_budgets import KB, shifts
from tests.browser.test_layout import CONTROLS, PHONE, TOO_SMALL, widths
from tests.devices.test_api import keys, phone
from tests.services import wait_until

PUSH = {"id": 7, "title": "It works!", "body": "Here.", "tag": "ntf-7", "url": "/devices"}
Install = Callable[..., Page]


@pytest.fixture
def devices(member: Member) -> Callable[..., Page]:
    """Open the page of devices in a browser whose owner decided this about notifications."""

    def opened(permission: str = "default", **options: Any) -> Page:
        install(member.context, permission, **options)
        return member.open("/devices")

    return opened


@pytest.fixture
def screen(member: Member, devices: Install) -> Screen:
    """What a browser that allowed notifications shows."""
    with member.context.expect_event("serviceworker") as started:
        page = devices("granted")
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    return Screen(page, started.value)


def shown(page: Page) -> Any:
    """Return the state of this browser that the page shows."""
    visible = page.locator("[data-state]:visible")
    expect(visible).to_have_count(1)
    return visible.get_attribute("data-state")


def registered(member: Member) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = member.elsewhere("GET", "devices/")["results"]
    return found


def test_no_page_asks_for_permission_by_itself(member: Member, devices: Install) -> None:
    page = devices()
    for path in ("/inbox", "/preferences", "/devices"):
        page.goto(path, wait_until="networkidle")
        assert page.evaluate("window.asked") == 0, path
    assert shown(page) == "default"
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    assert registered(member) == []


def test_the_button_asks_and_registers_this_browser(member: Member, devices: Install) -> None:
    page = devices()
    page.get_by_role("button", name="Turn on in this browser").click()
    expect(page.get_by_text("On: this browser tells you what is new.")).to_be_visible()
    [device] = registered(member)
    assert (device["kind"], device["name"]) == ("webpush", "Chrome, Linux")
    expect(page.locator(".device", has_text="Chrome, Linux").get_by_text("This browser")).to_be_visible()
    expect(page.get_by_role("button", name="Turn off in this browser")).to_be_focused()
    page.reload()
    expect(page.get_by_role("button", name="Turn off in this browser")).to_be_visible()


def test_turned_off_here_nothing_is_left_of_it(member: Member, devices: Install) -> None:
    page = devices()
    page.get_by_role("button", name="Turn on in this browser").click()
    page.get_by_role("button", name="Turn off in this browser").click()
    expect(page.get_by_role("button", name="Turn on again")).to_be_visible()
    assert registered(member) == []
    assert page.evaluate("sessionStorage.subscription") is None


def test_signing_out_ends_pushes_to_this_browser(member: Member, devices: Install) -> None:
    page = devices()
    page.get_by_role("button", name="Turn on in this browser").click()
    expect(page.get_by_role("button", name="Turn off in this browser")).to_be_visible()
    page.locator(".topbar summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url("/login")
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    assert page.evaluate("sessionStorage.subscription") is None


def test_who_refuses_is_told_how_to_allow_it_again(member: Member, devices: Install) -> None:
    page = devices(answer="denied")
    page.get_by_role("button", name="Turn on in this browser").click()
    expect(page.get_by_text("Your browser blocks notifications from this site.")).to_be_visible()
    assert registered(member) == []
    assert page.evaluate("window.asked") == 1


def test_what_was_lost_is_offered_anew(member: Member, devices: Install) -> None:
    page = devices("granted")

    def turn_on_again() -> None:
        page.get_by_role("button", name="Turn on again").click()
        expect(page.get_by_role("button", name="Turn off in this browser")).to_be_visible()
        assert page.evaluate("window.asked") == 1

    turn_on_again()
    member.elsewhere("DELETE", f"devices/{registered(member)[0]['id']}/")
    page.reload()
    turn_on_again()
    with atomic() as session:
        session.execute(sa.update(Device).values(disabled_at=now()))
    page.reload()
    turn_on_again()
    page.evaluate(
        """sessionStorage.subscription = JSON.stringify({
            ...JSON.parse(sessionStorage.subscription), key: "BAAA" })"""
    )
    page.reload()
    turn_on_again()


def test_a_push_service_that_refuses_changes_nothing(member: Member, devices: Install) -> None:
    page = devices()
    page.evaluate("() => { PushManager.prototype.subscribe = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Turn on in this browser").click()
    expect(page.get_by_role("button", name="Try again")).to_be_focused()
    assert registered(member) == []


def test_a_browser_that_cannot_says_so(member: Member) -> None:
    member.context.add_init_script("delete window.PushManager")
    assert shown(member.open("/devices")) == "unsupported"


def test_an_iphone_is_told_to_install_the_site_first(join: Callable[..., Member]) -> None:
    member = join(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 26 like Mac OS X) Version/26 Safari/604")
    member.context.add_init_script("delete window.PushManager")
    page = member.open("/devices")
    assert shown(page) == "ios"
    expect(page.get_by_text("Add to Home Screen")).to_be_visible()


def test_a_push_is_shown_and_its_withdrawal_takes_it_away(screen: Screen) -> None:
    screen.push(PUSH)
    screen.push({**PUSH, "tag": "ntf-8", "title": "Another"})
    wait_until(lambda: len(screen.shown) == 2)
    assert screen.shown[0] == ["It works!", "Here.", "ntf-7"]
    screen.push({**PUSH, "title": "It still works!"})
    wait_until(lambda: ["It still works!", "Here.", "ntf-7"] in screen.shown)
    wait_until(lambda: screen.badges == [0, 0, 0])
    screen.push({"withdraw": "ntf-7", "id": 7, "unread_count": 3})
    wait_until(lambda: len(screen.shown) == 1)
    screen.push({"withdraw": "ntf-7", "id": 7, "unread_count": 2})
    wait_until(lambda: screen.badges[-2:] == [3, 2])
    assert [title for title, _body, _tag in screen.shown] == ["Another"]


def test_what_is_not_understood_is_shown_all_the_same(screen: Screen) -> None:
    for nonsense in ("", "not json", "null", "[]", "{}"):
        screen.push(nonsense)
        wait_until(lambda: screen.shown == [["Notifi", "", "notifi"]])
        screen.click("notifi")
        assert screen.shown == []


def test_the_badge_follows_what_is_unread(member: Member, screen: Screen) -> None:
    member.had("One", "Two")
    screen.push(PUSH)
    wait_until(lambda: screen.badges == [2])


def test_a_click_leads_to_a_page_of_ours(screen: Screen, live_url: str) -> None:
    for url, opened in (
        ("/devices", "focus {site}/devices"),
        ("/preferences", "open {site}/preferences"),
        ("https://example.org/x", "open {site}/inbox/7"),
        ("javascript:alert(1)", "open {site}/inbox/7"),
        ("//example.org/x", "open {site}/inbox/7"),
        (None, "open {site}/inbox/7"),
    ):
        screen.push({**PUSH, "url": url})
        wait_until(lambda: screen.shown)
        assert screen.click("ntf-7") == opened.format(site=live_url), url
        assert screen.shown == []


def test_a_subscription_that_the_browser_changed_is_registered_anew(member: Member, screen: Screen) -> None:
    made = {"endpoint": "https://updates.push.services.mozilla.com/wpush/v2/new"}
    told = json.dumps({**made, "keys": keys()})
    screen.worker.evaluate(f"renew({{ newSubscription: {{ toJSON: () => ({told}) }} }})")
    [device] = registered(member)
    assert (device["kind"], device["name"]) == ("webpush", "Chrome, Linux")


def test_without_a_network_a_page_says_so(member: Member, screen: Screen, complaints: Complaints) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    page = member.context.pages[0]
    member.context.set_offline(True)
    page.goto("/inbox")
    expect(page.get_by_role("heading", name="Tu es hors ligne")).to_be_visible()
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(page.locator("main")).to_have_css("max-width", "432px")
    kept = page.evaluate("caches.keys().then(names => caches.open(names[0])).then(one => one.keys())")
    assert len(kept) == 2
    member.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page).to_have_title("Inbox – Notifi")


def test_the_site_can_be_installed(member: Member) -> None:
    page = member.open("/inbox")
    cdp = member.context.new_cdp_session(page)
    answer = cdp.send("Page.getAppManifest")
    assert answer["url"].endswith("/manifest.webmanifest?language=en") and answer["errors"] == []
    assert json.loads(answer["data"])["name"] == "Hackitech Notifi"
    problems = cdp.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {problem["errorId"] for problem in problems} <= {"in-incognito"}


def test_a_device_is_tested_renamed_and_removed_in_place(member: Member) -> None:
    device = member.elsewhere("POST", "devices/", phone())
    page = member.open("/devices")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("[data-toast]")).to_contain_text("A test is on its way")
    expect(page.locator(f"#state-{device['id']}")).to_contain_text("Not sent")
    expect(page.get_by_role("button", name="Send a test")).to_be_focused()
    page.get_by_label("More – My phone").click()
    page.get_by_label("Name").first.fill("Pixel")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Pixel")).to_be_visible()
    page.get_by_label("More – Pixel").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No device yet")).to_be_visible()
    expect(page.locator("#title")).to_be_focused()


def test_a_webhooks_secret_can_be_copied(member: Member) -> None:
    member.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = member.open("/devices")
    page.get_by_label("Address").fill("https://hooks.example.org/notifi")
    page.get_by_role("button", name="Add the webhook").click()
    secret = page.get_by_label("Secret").input_value()
    assert secret.startswith("whsec_")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret


def test_without_a_script_devices_are_managed_all_the_same(join: Callable[..., Member]) -> None:
    member = join(java_script_enabled=False)
    member.elsewhere("POST", "devices/", phone())
    page = member.open("/devices")
    expect(page.get_by_text("allow JavaScript for this site")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("[data-toast]")).to_contain_text("A test is on its way")
    page.get_by_label("Address").fill("https://hooks.example.org/notifi")
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.get_by_label("Secret")).to_have_value(re.compile("^whsec_"))
    page.get_by_label("More – My phone").click()
    page.get_by_role("button", name="Remove").first.click()
    expect(page.get_by_text("Android app")).to_have_count(0)


@pytest.mark.parametrize(("theme", "locale"), LOOKS)
def test_axe_finds_nothing_on_the_page_of_devices(
    theme: str, locale: str, join: Callable[..., Member]
) -> None:
    member = join(locale=locale, color_scheme=theme)
    page = member.open("/devices")
    check(page, "no device")
    member.elsewhere("POST", "devices/", phone())
    page.reload()
    page.locator(".device summary").click()
    for state in page.locator("[data-state]").all():
        state.evaluate("part => { part.hidden = false; }")
    check(page, "a device, its menu, and every state")
    page.goto("/static/offline.html")
    check(page, "offline")


def test_the_page_of_devices_fits_a_phone(join: Callable[..., Member]) -> None:
    member = join(locale="fr", **PHONE)  # where words are longer
    member.elsewhere("POST", "devices/", phone(name="Donaudampfschifffahrtsgesellschaft" * 2))
    page = member.open("/devices")
    assert widths(page) == (320, 320)
    assert page.eval_on_selector_all(CONTROLS, TOO_SMALL) == []
    page.locator(".device summary").click()
    panel = page.locator(".device .menu__panel").bounding_box()
    assert panel is not None and panel["x"] >= 0 and panel["x"] + panel["width"] <= 320
    assert widths(page) == (320, 320)


def test_nothing_moves_on_the_page_of_devices_and_its_service_worker_is_small(member: Member) -> None:
    install(member.context)
    page = member.context.new_page()
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto("/devices")
        assert shifts(page) <= 0.02, width
    assert len(gzip.compress(page.request.get("/service-worker.js").body())) <= 2 * KB
