"""French first, English second: words, plurals, numbers and spaces as each language writes them."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from hackitech.core.transaction import atomic
from hackitech.models.mailbox_count import MailboxCount
from hackitech.models.user import User
from tests.browser.inbox import Inbox
from tests.browser.member import Member, NewContext

NARROW = "\u202f"
WIDE = "\u00a0"
HYPHEN = "\u2011"  # that no line ends with


@pytest.fixture
def member(join: Callable[..., Member]) -> Member:
    return join(locale="fr")


def test_the_inbox_speaks_french(member: Member, inbox: Inbox) -> None:
    member.had("Une annonce", "Une autre")
    inbox.open()
    page = inbox.page
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page).to_have_title("(2) Boîte de réception – Notifi")
    for name, text in (("all", "Toutes"), ("unread", "Non lues"), ("snoozed", "Reportées")):
        expect(inbox.tab(name)).to_contain_text(text)
    expect(page.get_by_role("heading", name="Aujourd’hui")).to_be_visible()
    inbox.press("Une annonce", "Archiver")
    inbox.says("Archivée.")
    expect(inbox.toast.get_by_role("button", name="Annuler")).to_be_visible()


def test_the_words_for_none_one_two_and_a_million_in_french(member: Member, inbox: Inbox) -> None:
    inbox.open()
    expect(inbox.page).to_have_title("Boîte de réception – Notifi")
    expect(inbox.badge).to_be_hidden()
    expect(inbox.tab("unread")).to_have_text("Non lues 0")
    member.had("Ancienne")
    inbox.open()
    inbox.page.get_by_role("checkbox").nth(1).check()
    expect(inbox.page.get_by_text("1 sélectionnée", exact=True)).to_be_visible()
    member.receives()
    expect(inbox.pill).to_have_text("1 nouvelle")
    member.receives()
    expect(inbox.pill).to_have_text("2 nouvelles")
    have_unread(member.user, 1_000_000)
    inbox.open()
    expect(inbox.badge).to_have_text(f"1{NARROW}000{NARROW}000")
    expect(inbox.page).to_have_title(f"(1{NARROW}000{NARROW}000) Boîte de réception – Notifi")
    member.elsewhere("POST", f"notifications/{member.receives()}/mark_as_read/")
    expect(inbox.badge).to_have_text(f"1{NARROW}000{NARROW}000")


def test_the_words_for_none_one_two_and_a_million_in_english(join: Callable[..., Member]) -> None:
    member = join(locale="en")
    inbox = member.inbox().open()
    expect(inbox.page).to_have_title("Inbox – Notifi")
    expect(inbox.tab("unread")).to_have_text("Unread 0")
    member.had("Old")
    inbox.open()
    for text in ("1 new", "2 new"):
        member.receives()
        expect(inbox.pill).to_have_text(text)
    have_unread(member.user, 1_000_000)
    inbox.open()
    expect(inbox.badge).to_have_text("1,000,000")


def have_unread(user: User, number: int) -> None:
    with atomic() as session:
        session.execute(sa.update(MailboxCount).where(MailboxCount.user_id == user.id).values(unread=number))


def test_french_punctuation_has_its_spaces(member: Member, open_browser: NewContext) -> None:
    (one,) = member.had("Bonjour")
    assert f"Pourquoi l’ai{HYPHEN}je reçue{NARROW}?" in member.open(f"/inbox/{one}").inner_text("main")
    page = open_browser(locale="fr-FR").new_page()
    page.goto("/login")
    assert f"Mot de passe oublié{NARROW}?" in page.inner_text("main")
    page.goto("/reset")
    assert f"Indique ton adresse{WIDE}:" in page.inner_text("main")


def test_nothing_on_a_french_page_breaks_before_a_mark(member: Member) -> None:
    member.had("Une annonce")
    page = member.context.new_page()
    inbox = ("/inbox", "/inbox?q=rien", "/inbox?view=archived")
    for path in (*inbox, "/profile", "/profile/erase", "/preferences", "/reset"):
        page.goto(path)
        text = page.inner_text("body")
        for mark in (" ?", " !", " ;", " :", "« ", " »"):
            assert mark not in text, f"{path}: {text[max(0, text.index(mark) - 40) :][:60]}"


def test_a_stranger_reads_what_the_browser_asks_for_and_french_otherwise(open_browser: NewContext) -> None:
    words = {"en": "Sign in", "fr": "Se connecter"}
    for locale, lang in (("en-GB", "en"), ("fr-CA", "fr"), ("ja", "fr")):
        page = open_browser(locale=locale).new_page()
        page.goto("/login")
        expect(page.locator("html")).to_have_attribute("lang", lang)
        expect(page.get_by_role("heading", name=words[lang])).to_be_visible()


def test_the_menu_changes_the_language_where_one_is(member: Member, inbox: Inbox) -> None:
    member.had("Une annonce")
    inbox.open("?view=unread")
    inbox.page.locator(".topbar summary").click()
    inbox.page.get_by_role("button", name="English").click()
    expect(inbox.page).to_have_url("/inbox?view=unread")
    expect(inbox.page.locator("html")).to_have_attribute("lang", "en")
    expect(inbox.page).to_have_title("(1) Inbox – Notifi")


def test_a_notification_is_said_in_each_readers_language(
    join: Callable[..., Member], member: Member, inbox: Inbox
) -> None:
    words = {"fr": "La salle change", "en": "The room changes"}
    english = join(locale="en")
    theirs = english.inbox().open()
    inbox.open()
    for reader in (member, english):
        reader.platform.create(reader, words)
    inbox.shows("La salle change")
    theirs.shows("The room changes")
