"""What whoever has just cloned the project does: `make run`, sign in, and a message arrives by every way."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.member import NewContext
from tests.http import post
from tests.launch.runs import Run, copy_checkout, with_compiled_libraries
from tests.services import wait_until

MEMBER, ADMIN = "demo@hackitech.example", "admin@hackitech.example"
TITLE, MESSAGE = "Le jury a tranché", "Les résultats sont en ligne."


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """`make run` in a copy of the checkout."""
    started = Run(with_compiled_libraries(copy_checkout(tmp_path / "notifi")))
    yield started.is_ready()
    started.close()


@pytest.fixture
def page(run: Run, open_browser: NewContext) -> Page:
    """The inbox of the printed member, after signing in with the printed password."""
    page = open_browser(base_url=run.url, locale="fr-FR").new_page()
    page.goto("/")
    page.get_by_label("Adresse email").fill(MEMBER)
    page.get_by_label("Mot de passe", exact=True).fill(run.accounts()[MEMBER])
    page.get_by_role("button", name="Se connecter").click()
    expect(page).to_have_url("/inbox")
    return page


def token(run: Run) -> str:
    """Return a token that may send, from the command that makes them."""
    command = [".venv/bin/flask", "--app", "wsgi", "tokens", "create", ADMIN, "--scope", "send"]
    return subprocess.run(
        command, cwd=run.checkout, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.timeout(300)
def test_what_the_api_creates_is_live_on_the_page_and_in_the_mailbox(run: Run, page: Page) -> None:
    member = int(page.locator("body").get_attribute("data-member") or 0)
    words = {"notification_type": "announcement", "title": TITLE, "message": MESSAGE, "recipient": member}
    sent = post(f"{run.url}/api/notifications/notifications/", words, Authorization=f"Bearer {token(run)}")
    assert sent.status == 201, sent.text
    expect(page.locator(".row__title", has_text=TITLE)).to_be_visible()
    mail = page.context.new_page()

    def arrived() -> bool:
        mail.goto("/dev/mail")
        return mail.get_by_role("link", name=TITLE).count() == 1

    wait_until(arrived, pause=0.2)
    mail.get_by_role("link", name=TITLE).click()
    expect(mail.locator(".facts").first).to_contain_text(MEMBER)
    expect(mail.locator("pre")).to_contain_text(MESSAGE)
    letter = mail.frame_locator("iframe")
    expect(letter.get_by_role("paragraph").filter(has_text=MESSAGE)).to_be_visible()
    expect(letter.get_by_role("link", name="Ne plus recevoir ces emails")).to_be_visible()
