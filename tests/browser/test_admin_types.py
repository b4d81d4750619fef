"""Types and their wording: written with a preview, mended, published, rolled back; without scripts too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hackitech.catalog.lookup import forget_types
from hackitech.core.transaction import atomic
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from tests.browser.complaints import Complaints
from tests.browser.member import Member, NewContext, Platform
from tests.browser.test_accessibility import check
from tests.browser.test_layout import PHONE, widths
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("own_types")
TYPE = "/admin/types/prize_awarded/"
Admin = Callable[..., Member]


@pytest.fixture
def admin(platform: Platform, open_browser: NewContext) -> Admin:
    """Make an administrator who is signed in, in a browser of their own with these options."""

    def make_one(**options: object) -> Member:
        locale = str(options.pop("language", "en"))
        return Member(platform, open_browser(**options), make_user("admin", locale=locale, name="Ana"))

    return make_one


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def tell(user: User, key: str = "prize_awarded", **params: object) -> None:
    """Notify as the platform's own code does, with the wording that is in force now."""
    forget_types()
    with atomic():
        notify(key, recipients=[user], params=params)


def test_wording_is_written_mended_published_and_rolled_back(
    admin: Admin, complaints: Complaints, scripts: bool
) -> None:
    complaints.expect("status of 422")
    ana = admin(java_script_enabled=scripts)
    page = ana.open(TYPE)
    page.get_by_role("link", name="Edit the wording English").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wording:")

    page.get_by_label("Title", exact=True).fill("Hooray: {{ prise }}")
    if scripts:
        expect(page.locator("#problems")).to_contain_text("Title, line 1")
    press(page, "Publish")
    expect(page.get_by_role("alert")).to_contain_text('"prise" is not a param of this type.')
    page.get_by_label("Title", exact=True).fill("Hooray: {{ prize }}")
    if not scripts:
        press(page, "Preview")
        press(page, "Show the email")
    look = page.get_by_role("region", name="Inbox")
    expect(look.locator(".look__head")).to_contain_text("Hooray: ")
    expect(page.frame_locator("iframe").locator("h1")).to_contain_text("Hooray: ")
    press(page, "Publish")
    expect(page.locator("[data-toast]")).to_contain_text("Version 2 is in force.")
    tell(ana.user, prize="First prize", project="Notebook")
    page.goto("/inbox")
    expect(page.get_by_role("link", name="Hooray: First prize")).to_be_visible()

    page.goto(f"{TYPE}wording/en")
    press(page, "Show what changed")
    expect(page.locator("ins.diff__line").first).to_contain_text("+ Hooray: {{ prize }}")
    page.go_back()
    page.get_by_label("Publish version 1").click()
    press(page, "Publish version 1 again")
    expect(page.locator("[data-toast]")).to_contain_text("Version 3 is in force.")
    expect(page.get_by_label("Title", exact=True)).not_to_have_value("Hooray: {{ prize }}")


def test_the_preview_follows_what_is_typed_and_a_press_writes_a_param(admin: Admin) -> None:
    page = admin().open(f"{TYPE}wording/en")
    steps = page.evaluate("history.length")
    message = page.get_by_label("Message", exact=True)
    message.fill("Bravo! ")
    page.get_by_role("button", name="{{ prize }}").click()
    expect(message).to_have_value("Bravo! {{ prize }}")
    expect(message).to_be_focused()
    expect(page.get_by_role("region", name="Push").locator(".look__body")).to_contain_text("Bravo! ")
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("Bravo! ")
    message.press_sequentially(" {% if")
    expect(page.locator("#problems .type__line")).to_contain_text("{% if")
    expect(page.locator("#announce")).to_have_text("1 thing to mend")
    assert page.evaluate("history.length") == steps


def test_a_type_is_made_without_code_and_is_sendable(admin: Admin, scripts: bool) -> None:
    ana = admin(java_script_enabled=scripts)
    page = ana.open("/admin/types/")
    page.get_by_role("link", name="New type").click()
    page.get_by_label("Key").fill("raffle")
    for language, name in (("in French", "Tirage au sort"), ("in English", "Raffle")):
        page.get_by_label(f"Name, {language}").fill(name)
        page.get_by_label(f"Description, {language}").fill(name)
    first = page.get_by_role("group", name="Param 1")
    first.get_by_label("Name in the wording").fill("prize")
    first.get_by_label("Example").fill("A hat")
    first.get_by_label("Meaning, in French").fill("Lot")
    first.get_by_label("Meaning, in English").fill("Prize")
    press(page, "More params")
    expect(first.get_by_label("Example")).to_have_value("A hat")
    for language in ("in French", "in English"):
        page.get_by_label(f"Title, {language}").fill("Raffle: {{ prize }}")
        page.get_by_label(f"Message, {language}").fill("It is yours.")
    press(page, "Make the type")
    expect(page.locator("[data-toast]")).to_contain_text("The type is made.")
    tell(ana.user, "raffle", prize="A scarf")
    page.goto("/inbox")
    expect(page.get_by_role("link", name="Raffle: A scarf")).to_be_visible()


def test_the_pages_fit_a_phone_and_are_accessible(admin: Admin, complaints: Complaints) -> None:
    complaints.expect("postMessage")  # axe asks the frame of the email, too
    page = admin(language="fr", **PHONE).open("/admin/types/")
    assert widths(page) == (320, 320)
    for path in ("new", "account_security_alert/", "prize_awarded/wording/fr"):
        page.goto(f"/admin/types/{path}")
        assert widths(page) == (320, 320), path
    check(page, "the editor")
    page.locator("textarea").first.fill("{{")
    page.locator("#problems").wait_for()
    check(page, "the editor with a mistake")
