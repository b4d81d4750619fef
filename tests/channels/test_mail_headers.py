"""What members write ends up in headers: all of it, and nothing but in its own header."""

import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hackitech.channels.base import Message, Outcome
from hackitech.channels.email import EmailChannel, write
from hackitech.channels.outcomes import one_line
from tests.channels.conftest import MakeMessage
from tests.channels.smtp_server import ScriptedSmtp


def send(messages: list[Message]) -> list[Outcome]:
    return [outcome for _, outcome in EmailChannel().send(messages)]


def test_the_unsubscribe_header_is_on_one_line_unencoded(smtp: ScriptedSmtp, make_message: MakeMessage):
    send([make_message(notification_type="a_rather_long_type_of_notification_as_some_are")])
    assert re.search(rb"\r\nList-Unsubscribe: <https://[^\s<>]{80,}>\r\n", smtp.received[0].raw)


@pytest.mark.parametrize(
    "text",
    [
        "Hello\r\nBcc: victim@example.org",
        "=?utf-8?q?x=0D=0ABcc:_v@x.y?=",
        "a\nb",
        "\x00\x1b[31m",
        "x" * 900,
        "é" * 400,
        "a, b <c@d>",
    ],
)
def test_no_name_or_title_adds_a_header(smtp: ScriptedSmtp, make_message: MakeMessage, text: str):
    assert send([make_message(title=text, recipient_name=text[:100])]) == [None]
    mail = smtp.received[0]
    assert mail.recipients == ["member1@example.org"]
    assert mail.message["Bcc"] is None
    assert [address.addr_spec for address in mail.message["To"].addresses] == ["member1@example.org"]
    assert mail.message["Subject"].replace(" ", "") == re.sub(r"[\s\x00-\x1f]", "", text)
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998


@given(title=st.text(max_size=150), name=st.text(max_size=100))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_title_and_name_arrive_as_they_were(
    channel_app: Flask, make_message: MakeMessage, title: str, name: str
):
    mail = message_from_bytes(write(make_message(title=title, recipient_name=name)).content)
    reader, mailbox = parseaddr(mail["To"])
    assert _decoded(mail["Subject"]) == one_line(title)
    assert _decoded(reader) == one_line(name)
    assert mailbox == "member1@example.org"


def test_a_repeated_mail_is_the_same_but_for_its_date(channel_app: Flask, make_message: MakeMessage):
    messages = [make_message(title="Équipe " * 20)] * 3
    assert len({re.sub(rb"Date: .*", b"", write(message).content) for message in messages}) == 1


def _decoded(header: str) -> str:
    # Not by the policy's parser: some versions of it put spaces between encoded words.
    return str(make_header(decode_header(re.sub(r"\r?\n", "", header))))
