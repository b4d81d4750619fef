"""The development mail catcher, over real SMTP."""

import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from config import ROOT
from hackitech.devmail import SIMULATED
from hackitech.localmail.pages import OUTCOMES
from hackitech.supervisor.probes import free_port, mail_answers
from tests.services import wait_until

pytestmark = pytest.mark.sqlite_only
SENDER = "notifications@hackitech.example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def connect(folder: Path) -> Iterator[Callable[[], smtplib.SMTP]]:
    port = free_port()
    options = ["--port", str(port), "--folder", str(folder), "--keep", "3", "--slow", "0.3"]
    process = subprocess.Popen([sys.executable, "-m", "hackitech.devmail", *options], cwd=ROOT)
    wait_until(lambda: mail_answers(port))
    yield lambda: smtplib.SMTP("127.0.0.1", port)
    process.terminate()
    assert process.wait(10) == 0


def mail(subject: str = "Bonjour") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = SENDER
    message.set_content("À tout à l'heure.\n.\nUne ligne d'un point ci-dessus.\n")
    return message


def kept(folder: Path) -> list[EmailMessage]:
    paths = sorted(folder.glob("*.eml"))
    messages = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
    return [message for message in messages if isinstance(message, EmailMessage)]


def test_a_message_is_kept_with_its_envelope(connect: Callable[[], smtplib.SMTP], folder: Path) -> None:
    with connect() as client:
        client.send_message(mail(), SENDER, ["ada@hackitech.example", "bob@hackitech.example"])
    [message] = kept(folder)
    assert message["X-Envelope-From"] == SENDER
    assert message.get_all("X-Envelope-To") == ["ada@hackitech.example", "bob@hackitech.example"]
    assert message["Subject"] == "Bonjour"
    assert message.get_content().splitlines()[1] == "."


def test_one_connection_takes_many_messages_and_the_newest_are_kept(
    connect: Callable[[], smtplib.SMTP], folder: Path
) -> None:
    with connect() as client:
        for number in range(5):
            client.send_message(mail(f"number {number}"), SENDER, ["ada@hackitech.example"])
    assert [message["Subject"] for message in kept(folder)] == ["number 2", "number 3", "number 4"]
    assert not list(folder.glob("*.new"))


def test_addresses_simulate_refusals_for_themselves_alone(
    connect: Callable[[], smtplib.SMTP], folder: Path
) -> None:
    refusals = {"temp-fail": 451, "perm-fail": 550, "mailbox-full": 552, "Temp-Fail+ada": 451}
    recipients = ["ada@hackitech.example", *(f"{name}@hackitech.example" for name in refusals)]
    with connect() as client:
        refused = client.send_message(mail(), SENDER, recipients)
    assert {address.partition("@")[0]: code for address, (code, _) in refused.items()} == refusals
    assert [message.get_all("X-Envelope-To") for message in kept(folder)] == [["ada@hackitech.example"]]


def test_a_greylisting_address_is_refused_once(connect: Callable[[], smtplib.SMTP], folder: Path) -> None:
    with connect() as client:
        for number in (1, 2):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
                client.send_message(mail(), SENDER, f"greylist+{number}@hackitech.example")
            assert [code for code, _ in refusal.value.recipients.values()] == [451]
        for number in (1, 2, 1):
            client.send_message(mail(), SENDER, f"greylist+{number}@hackitech.example")
    assert len(kept(folder)) == 3


def test_a_slow_address_waits_while_others_are_served(
    connect: Callable[[], smtplib.SMTP], folder: Path
) -> None:
    with connect() as slow, connect() as quick:
        slow.ehlo()
        slow.mail(SENDER)
        slow.rcpt("slow@hackitech.example")
        slow.docmd("DATA")
        started = time.monotonic()
        slow.send(b"Subject: slow\r\n\r\n.\r\n")
        quick.send_message(mail(), SENDER, "ada@hackitech.example")
        assert time.monotonic() - started < 0.3
        assert slow.getreply()[0] == 250
        assert time.monotonic() - started >= 0.3
    assert len(kept(folder)) == 2


def test_an_address_that_hangs_up_gives_no_answer_and_keeps_nothing(
    connect: Callable[[], smtplib.SMTP], folder: Path
) -> None:
    with connect() as client, pytest.raises(smtplib.SMTPServerDisconnected):
        client.send_message(mail(), SENDER, "hang-up@hackitech.example")
    with connect() as client:
        client.send_message(mail(), SENDER, "ada@hackitech.example")
    assert len(kept(folder)) == 1


def test_a_whole_envelope_may_be_said_at_once(connect: Callable[[], smtplib.SMTP], folder: Path) -> None:
    with connect() as client:
        client.ehlo()
        assert client.has_extn("pipelining")
        client.send(f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<ada@hackitech.example>\r\nDATA\r\n")
        assert [client.getreply()[0] for _ in range(3)] == [250, 250, 354]
        client.send(b"Subject: at once\r\n\r\n.\r\n")
        assert client.getreply()[0] == 250
    assert [message["Subject"] for message in kept(folder)] == ["at once"]


def test_every_simulated_address_is_told_where_mail_is_read_and_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert set(OUTCOMES) == set(SIMULATED)
    assert all(f"| `{address}@…` |" in readme for address in SIMULATED)
