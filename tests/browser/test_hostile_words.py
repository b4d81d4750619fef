"""What senders write is text: it runs nothing, asks for nothing and swaps nothing."""

from playwright.sync_api import expect

from tests.browser.complaints import Complaints
from tests.browser.inbox import Inbox
from tests.browser.member import Member

MARKUP = (
    "<img src=x onerror=\"document.title='run'\"><script>document.title = 'run'</script>"
    "<p hx-get='/inbox' hx-trigger='load'>&amp; {{ 7 * 7 }} </p>"
)


def test_markup_in_words_is_shown_and_does_nothing(member: Member, inbox: Inbox) -> None:
    (one,) = member.had(MARKUP, message=MARKUP)
    asked: list[str] = []
    inbox.page.on("request", lambda request: asked.append(request.url))
    inbox.open()
    expect(inbox.titles.first).to_contain_text(MARKUP)
    inbox.page.goto(f"/inbox/{one}")
    expect(inbox.page.locator("h1")).to_have_text(MARKUP)
    expect(inbox.page.locator("article p[hx-get], article img, article script")).to_have_count(0)
    expect(inbox.page).to_have_title(f"{MARKUP} – Notifi")
    assert not [url for url in asked if url.endswith("/x")]


def test_markup_that_arrives_live_does_nothing_either(member: Member, inbox: Inbox) -> None:
    inbox.open()
    member.receives(MARKUP)
    expect(inbox.titles.first).to_contain_text("<script>")
    member.receives(MARKUP)
    expect(inbox.pill).to_have_text("1 new")
    expect(inbox.page).to_have_title("(2) Inbox – Notifi")


def test_a_script_in_the_page_is_refused_by_the_policy(member: Member, complaints: Complaints) -> None:
    complaints.expect("Content Security Policy")
    page = member.open("/preferences")
    blocked = page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener("securitypolicyviolation", event => resolve(event.effectiveDirective));
            document.body.insertAdjacentHTML("beforeend", "<img src=data:, onerror='document.title = 1'>");
        })"""
    )
    assert blocked.startswith("script-src")
