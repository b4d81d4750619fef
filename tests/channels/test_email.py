"""Sending email to a real SMTP server: what arrives, and what each kind of failure becomes."""

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from hackitech.channels.base import Message, Outcome, Permanent, Technical, Temporary
from hackitech.channels.email import EmailChannel, write
from hackitech.core import clock
from hackitech.core.signing import check_link, read_unsubscribe_token
from hackitech.supervisor.probes import free_port
from tests.channels.conftest import MakeMessage
from tests.channels.smtp_server import DROP, HANG, ScriptedSmtp


def send(messages: list[Message]) -> list[Outcome]:
    return [outcome for _, outcome in EmailChannel().send(messages)]


def to(local_part: str) -> SimpleNamespace:
    return SimpleNamespace(email=f"{local_part}@example.org")


def test_a_batch_goes_over_one_connection(smtp: ScriptedSmtp, make_message: MakeMessage):
    assert send([make_message(n) for n in range(1, 21)]) == [None] * 20
    assert smtp.connections == 1
    assert [mail.recipients for mail in smtp.received][:2] == [
        ["member1@example.org"],
        ["member2@example.org"],
    ]


def test_outcomes_are_told_one_by_one(smtp: ScriptedSmtp, make_message: MakeMessage):
    outcomes = EmailChannel().send([make_message(1), make_message(2)])
    next(outcomes)
    assert len(smtp.received) == 1


def test_a_mail_says_who_what_and_how_to_stop(smtp: ScriptedSmtp, make_message: MakeMessage):
    send([make_message(7, title="Join the team", recipient_name="Zoé Ångström")])
    mail = smtp.received[0].message
    assert mail["From"] == "Hackitech <notifications@hackitech.example>"
    assert mail["To"].addresses[0].display_name == "Zoé Ångström"
    assert mail["Subject"] == "Join the team"
    assert mail["Message-ID"] == "<ntf-7-0@notifi.hackitech.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert abs((mail["Date"].datetime - clock.now()).total_seconds()) < 10
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = re.fullmatch(r"<https://notifi\.hackitech\.example/u/(\S+)>", mail["List-Unsubscribe"])
    assert url and read_unsubscribe_token(url[1]) == (7, "team_invitation")


def test_a_mandatory_mail_cannot_be_unsubscribed_from(smtp: ScriptedSmtp, make_message: MakeMessage):
    send([make_message(mandatory=True)])
    mail = smtp.received[0].message
    assert mail["List-Unsubscribe"] is None
    assert "/u/" not in mail.as_string()


def test_both_parts_say_the_same(smtp: ScriptedSmtp, make_message: MakeMessage):
    send([make_message(message="First line\nsecond line\n\nSecond paragraph", action_label="Join")])
    mail = smtp.received[0].message
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text and html
    assert "First line\nsecond line\n\nSecond paragraph" in text.get_content().replace("\r\n", "\n")
    assert "https://notifi.hackitech.example/teams/12" in text.get_content()
    assert re.search(
        r"<p[^>]*>First line<br>second line</p>\s*<p[^>]*>Second paragraph</p>", html.get_content()
    )
    assert re.search(
        r'<a href="https://notifi\.hackitech\.example/teams/12"[^>]*>Join</a>', html.get_content()
    )


def test_a_channel_may_have_its_own_words(smtp: ScriptedSmtp, make_message: MakeMessage):
    send([make_message(wording={"subject": "Only in mail", "body": "More words"})])
    mail = smtp.received[0].message
    assert mail["Subject"] == "Only in mail"
    assert "More words" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_the_page_around_the_words_is_in_the_members_language(channel_app: Flask, make_message: MakeMessage):
    french, english = _html(make_message(locale="fr")), _html(make_message(locale="en"))
    assert b'lang="fr"' in french and b"Bonjour Member 1," in french
    assert b'lang="en"' in english and b"Hello Member 1," in english


def test_styles_are_inline_and_adapt_to_dark_and_small_screens(channel_app: Flask, make_message: MakeMessage):
    html = _html(make_message())
    assert b'class="card" role="presentation" style="' in html
    assert b"prefers-color-scheme: dark" in html and b"max-width: 480px" in html
    assert b"<link" not in html and b"<img" not in html


def test_members_words_are_never_markup(channel_app: Flask, make_message: MakeMessage):
    hostile = "<script>alert(1)</script>{{ 7 * 7 }}"
    html = _html(make_message(title=hostile, message=hostile, recipient_name=hostile, action_label=hostile))
    assert b"<script" not in html and b"49" not in html
    assert html.count(b"&lt;script&gt;") >= 4


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example/", "data:text/html,x", None])
def test_only_web_addresses_become_a_button(channel_app: Flask, make_message: MakeMessage, url: str | None):
    html = _html(make_message(action_url=url))
    assert b'class="button"' not in html and b"evil" not in html and b"javascript" not in html


def test_what_asks_to_be_acknowledged_says_so_and_leads_to_its_page(
    smtp: ScriptedSmtp, make_message: MakeMessage
):
    send([make_message(5, acknowledge=True, action_url=None), make_message(6)])
    asking, plain = (mail.message for mail in smtp.received)
    for kind in ("plain", "html"):
        said, silent = (mail.get_body((kind,)).get_content() for mail in (asking, plain))  # type: ignore[union-attr]
        assert "You are asked to confirm that you have taken note of this message:" in said
        assert "https://notifi.hackitech.example/inbox/5" in said
        assert "asked to confirm" not in silent


def test_a_link_is_signed_for_its_reader_where_the_type_asks(smtp: ScriptedSmtp, make_message: MakeMessage):
    send([make_message(5, action_url="/teams/12?tab=join", sign_action=True)])
    text = smtp.received[0].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = re.search(r"https://notifi\.hackitech\.example(/teams/12\?\S+)", text)
    assert link
    signature = parse_qs(urlsplit(link[1]).query)["signature"][0]
    assert check_link("/teams/12?tab=join", 5, signature, clock.now())
    assert not check_link("/teams/12?tab=join", 6, signature, clock.now())


def test_what_readers_share_is_rendered_once_and_what_is_theirs_stays_theirs(
    channel_app: Flask, make_message: MakeMessage
):
    shared = {"title": "Room", "message": "B12", "sign_action": True}
    ana, bob = (make_message(n, recipient_name=name, **shared) for n, name in ((5, "Ana & co"), (6, "Bob")))
    first, second = _html(ana), _html(bob)
    assert b"Hello Ana &amp; co," in first and b"Bob" not in first
    assert b"Hello Bob," in second and b"Ana" not in second
    signatures = [re.findall(rb"signature=([^\"&]+)", html) for html in (first, second)]
    assert signatures[0] != signatures[1]


def test_links_to_elsewhere_are_not_signed(channel_app: Flask, make_message: MakeMessage):
    html = _html(make_message(action_url="https://elsewhere.example/x", sign_action=True))
    assert b'"https://elsewhere.example/x"' in html


@pytest.mark.parametrize(
    "address", ["a@b@c", "no-at-sign", "a b@example.org", "a@example.org\r\nRCPT TO:<x@y>", "@", ""]
)
def test_what_is_no_address_never_reaches_the_server(
    smtp: ScriptedSmtp, make_message: MakeMessage, address: str
):
    (outcome,) = send([make_message(address=SimpleNamespace(email=address))])
    assert isinstance(outcome, Permanent)
    assert smtp.connections == 0


def test_an_international_domain_is_written_as_the_dns_knows_it(
    smtp: ScriptedSmtp, make_message: MakeMessage
):
    assert send([make_message(address=SimpleNamespace(email="zoe@bücher.example"))]) == [None]
    assert smtp.received[0].recipients == ["zoe@xn--bcher-kva.example"]


def test_our_own_mistake_is_technical_and_stops_nobody_else(smtp: ScriptedSmtp, make_message: MakeMessage):
    outcomes = send([make_message(1, locale="no such language!"), make_message(2)])
    assert isinstance(outcomes[0], Technical)
    assert outcomes[1] is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("421 4.3.2 closing", Temporary),
        ("450 4.2.0 greylisted", Temporary),
        ("451 4.3.0 try later", Temporary),
        ("452 4.2.2 full", Temporary),
        ("552 5.2.2 mailbox full", Temporary),
        ("550 5.1.1 no such user", Permanent),
        ("551 5.1.6 moved", Permanent),
        ("553 5.1.3 bad mailbox", Permanent),
        ("530 5.7.0 authenticate first", Technical),
        ("554 5.7.1 refused", Technical),
    ],
)
@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
def test_one_bad_recipient_is_judged_by_its_code_and_the_others_are_sent(
    smtp: ScriptedSmtp, make_message: MakeMessage, answer: str, kind: type[Exception], stage: str
):
    getattr(smtp, stage)["member2"] = answer
    outcomes = send([make_message(n) for n in (1, 2, 3)])
    assert outcomes[0] is None and outcomes[2] is None
    assert type(outcomes[1]) is kind or (kind is Temporary and isinstance(outcomes[1], Temporary))
    assert str(outcomes[1]).startswith(answer[:3])
    if not answer.startswith("421"):
        assert smtp.connections == 1 and smtp.resets == 1


def test_a_server_that_waits_for_a_content_for_nobody_gets_none(
    smtp: ScriptedSmtp, make_message: MakeMessage
):
    smtp.takes_content_for_nobody = True
    smtp.at_rcpt["member2"] = "550 5.1.1 no such user"
    outcomes = send([make_message(n) for n in (1, 2, 3)])
    assert [type(outcome) for outcome in outcomes] == [type(None), Permanent, type(None)]
    assert [mail.recipients for mail in smtp.received] == [["member1@example.org"], ["member3@example.org"]]


def test_the_next_mail_is_announced_and_not_sent_before_its_turn(
    smtp: ScriptedSmtp, make_message: MakeMessage
):
    for _ in EmailChannel().send([make_message(n) for n in (1, 2)]):
        time.sleep(0.1)
        assert len(smtp.received) == 1
        break
    time.sleep(0.1)
    assert len(smtp.received) == 1


def test_a_mail_that_cannot_be_written_early_fails_in_its_turn(smtp: ScriptedSmtp, make_message: MakeMessage):
    messages = [make_message(1), make_message(2, address=SimpleNamespace(email="@")), make_message(3)]
    outcomes = send(messages)
    assert [type(outcome) for outcome in outcomes] == [type(None), Permanent, type(None)]
    assert smtp.connections == 1


def test_a_silent_server_is_temporary_and_the_next_mail_gets_a_new_line(
    smtp: ScriptedSmtp, make_message: MakeMessage
):
    smtp.at_rcpt["member1"] = HANG
    started = time.monotonic()
    outcomes = send([make_message(1), make_message(2)])
    assert isinstance(outcomes[0], Temporary) and outcomes[1] is None
    assert time.monotonic() - started < 3
    assert smtp.connections == 2


def test_a_line_lost_after_data_is_temporary_and_is_not_sent_twice_at_once(
    smtp: ScriptedSmtp, make_message: MakeMessage
):
    smtp.at_data["member2"] = DROP
    outcomes = send([make_message(n) for n in (1, 2, 3)])
    assert outcomes[0] is None and outcomes[2] is None
    assert isinstance(outcomes[1], Temporary)
    assert [mail.recipients[0] for mail in smtp.received].count("member2@example.org") == 1


def test_a_second_try_carries_the_same_message_id(smtp: ScriptedSmtp, make_message: MakeMessage):
    smtp.at_data["member1"] = DROP
    send([make_message(1)])
    smtp.at_data.clear()
    assert send([make_message(1)]) == [None]
    first, second = (mail.message["Message-ID"] for mail in smtp.received)
    assert first == second


def test_a_server_that_hangs_up_between_mails_costs_nothing(smtp: ScriptedSmtp, make_message: MakeMessage):
    smtp.mails_per_connection = 1
    outcomes = []
    for _, outcome in EmailChannel().send([make_message(n) for n in (1, 2, 3)]):
        outcomes.append(outcome)
        time.sleep(0.1)
    assert outcomes == [None] * 3
    assert smtp.connections == 3


def test_a_server_that_keeps_hanging_up_is_given_up(smtp: ScriptedSmtp, make_message: MakeMessage):
    smtp.at_data |= {f"member{n}": DROP for n in range(1, 10)}
    outcomes = send([make_message(n) for n in range(1, 10)])
    assert all(isinstance(outcome, Temporary) for outcome in outcomes)
    assert smtp.connections == 2


def test_without_a_connection_all_wait(channel_app: Flask, make_message: MakeMessage):
    channel_app.config["SMTP_URL"] = f"smtp://127.0.0.1:{free_port()}"
    started = time.monotonic()
    outcomes = send([make_message(n) for n in range(1, 6)])
    assert all(isinstance(outcome, Temporary) for outcome in outcomes)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:25", "smtp://", "smtp://127.0.0.1:no"])
def test_a_setting_that_names_no_server_is_our_mistake(
    channel_app: Flask, make_message: MakeMessage, url: str
):
    channel_app.config["SMTP_URL"] = url
    (outcome,) = send([make_message()])
    assert isinstance(outcome, Technical) and "SMTP_URL" in str(outcome)


def test_what_is_kept_of_an_answer_hides_addresses(smtp: ScriptedSmtp, make_message: MakeMessage):
    smtp.at_rcpt["member1"] = "550 5.1.1 <member1@example.org> unknown, see https://help.example/member1"
    (outcome,) = send([make_message(1)])
    assert "member1" not in str(outcome) and "unknown" in str(outcome)


def _parsed(message: Message) -> EmailMessage:
    mail = message_from_bytes(write(message).content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _html(message: Message) -> bytes:
    part = _parsed(message).get_body(("html",))
    assert part
    return str(part.get_content()).encode()
